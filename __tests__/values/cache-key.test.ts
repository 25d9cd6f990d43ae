import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ClientIdentity, requestKey, sharedCacheKey } from '../../src/values/cache-key.ts';
import {
  type CanonicalTokenRequest,
  canonicalTokenRequest,
  type TokenRequest,
} from '../../src/values/token-request.ts';

const keyOf = (request: TokenRequest): string => requestKey(canonicalTokenRequest(request));

const base: Required<TokenRequest> = {
  scope: 'read write',
  audience: 'aud-1',
  resource: 'https://r.example/1',
  authorizationDetails: [{ type: 'account' }],
  parameters: { tenant: 'one' },
};
const client: Required<ClientIdentity> = {
  tokenUrl: 'https://auth.example/token',
  clientId: 'client',
  authenticationMethod: 'client_secret_basic',
  grantType: 'client_credentials',
  parts: ['digest'],
};

const OTHER_REQUESTS: { readonly [Field in keyof Required<TokenRequest>]: readonly TokenRequest[Field][] } = {
  scope: [undefined, 'read', 'readwrite', 'read writ e', 'read write admin', 'READ write'],
  audience: [undefined, 'aud-2', ['aud-1', 'aud-2'], 'AUD-1'],
  resource: [undefined, 'https://r.example/1/', ['https://r.example/1', 'https://r.example/2']],
  authorizationDetails: [undefined, [], [{ type: 'payment' }], [{ type: 'account' }, { type: 'account' }]],
  parameters: [undefined, { tenant: 'two' }, { Tenant: 'one' }, { tenant: 'one', x: '' }, { tenan: 'tone' }],
};
const OTHER_CLIENTS: { readonly [Field in keyof Required<ClientIdentity>]: readonly ClientIdentity[Field][] } = {
  tokenUrl: ['https://auth.example/token/', 'http://auth.example/token', 'https://auth.example/token?p=1'],
  clientId: ['client2', 'Client', ''],
  authenticationMethod: ['client_secret_post', 'none'],
  grantType: ['refresh_token', ''],
  parts: [[], ['digest', ''], ['dig', 'est'], ['digest2']],
};

describe('the key of a request', () => {
  it.each(Object.entries(OTHER_REQUESTS).flatMap(([field, values]) => values.map((value) => [field, value] as const)))(
    'changes with %s: %j',
    async (field, value) => {
      const other = { ...base, [field]: value };
      expect(keyOf(other)).not.toBe(keyOf(base));
      expect(await sharedCacheKey(client, canonicalTokenRequest(other))).not.toBe(
        await sharedCacheKey(client, canonicalTokenRequest(base)),
      );
    },
  );

  it.each<[string, TokenRequest, TokenRequest]>([
    ['the order of scopes', { scope: 'a b' }, { scope: 'b a' }],
    ['repeats and blanks among scopes', { scope: ' a  b a ' }, { scope: ['b', 'a'] }],
    ['the order of audiences', { audience: ['a', 'b'] }, { audience: ['b', 'a'] }],
    ['the order of resources', { resource: ['a:', 'b:'] }, { resource: ['b:', 'a:', 'b:'] }],
    ['the order of parameters', { parameters: { a: '1', b: '2' } }, { parameters: { b: '2', a: '1' } }],
    ['a list of one', { audience: 'a' }, { audience: ['a'] }],
    ['what is empty', { scope: '', audience: [], parameters: {} }, {}],
  ])('does not change with %s', (_, one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it.each<[TokenRequest, TokenRequest]>([
    [{ scope: 'a b' }, { scope: 'ab' }],
    [{ scope: ['a', 'b'] }, { scope: ['a2:b'] }],
    [{ scope: 'a' }, { audience: 'a' }],
    [{ audience: 'a:' }, { resource: 'a:' }],
    [{ audience: ['a', 'b'] }, { audience: ['a,b'] }],
    [{ parameters: { a: 'b' } }, { parameters: { ab: '' } }],
    [{ parameters: { a: '1', b: '2' } }, { parameters: { a: '1b2' } }],
    [{ scope: '0[]' }, { scope: '' }],
    [{ audience: '1:a' }, { audience: 'a' }],
  ])('tells %j from %j', (one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it('is never the same for two different canonical requests', () => {
    // Few characters, and those that the key itself is written with, so that collisions would be found.
    const text = fc.string({ unit: fc.constantFrom('a', '1', '2', ':', '[', ']'), maxLength: 6 });
    const list = fc.array(text, { maxLength: 3 });
    const requests: fc.Arbitrary<CanonicalTokenRequest> = fc.record({
      scopes: list,
      audiences: list,
      resources: list,
      authorizationDetails: fc.option(text, { nil: undefined }),
      parameters: fc.array(fc.tuple(text, text), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(requests, { minLength: 2, maxLength: 40 }), (drawn) => {
        const different = new Set(drawn.map((request) => JSON.stringify(request)));
        const keys = new Set([...different].map((text) => requestKey(JSON.parse(text) as CanonicalTokenRequest)));
        expect(keys.size).toBe(different.size);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the key that processes share', () => {
  const request = canonicalTokenRequest(base);

  it.each(Object.entries(OTHER_CLIENTS).flatMap(([field, values]) => values.map((value) => [field, value] as const)))(
    'changes with %s: %j',
    async (field, value) => {
      expect(await sharedCacheKey({ ...client, [field]: value } as ClientIdentity, request)).not.toBe(
        await sharedCacheKey(client, request),
      );
    },
  );

  it('tells fields apart whose texts run together', async () => {
    const one = await sharedCacheKey({ ...client, clientId: 'ab', authenticationMethod: 'c' }, request);
    expect(await sharedCacheKey({ ...client, clientId: 'a', authenticationMethod: 'bc' }, request)).not.toBe(one);
  });

  it('treats no further parts and an empty list of them alike', async () => {
    const { parts: _, ...bare } = client;
    expect(await sharedCacheKey(bare, request)).toBe(await sharedCacheKey({ ...client, parts: [] }, request));
  });

  it('is a digest: it holds nothing of what was asked in clear', async () => {
    const key = await sharedCacheKey(
      { ...client, parts: ['topsecret'] },
      canonicalTokenRequest({ parameters: { p: 'hunter22' } }),
    );
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(key).not.toMatch(/topsecret|hunter22|client|auth\.example/);
  });

  it('stays as it is from version to version, or caches shared by two versions would split', async () => {
    const bare = { tokenUrl: 'https://a.example/t', clientId: 'c', authenticationMethod: 'none', grantType: 'g' };
    const text = '5[2:v119:https://a.example/t1:c4:none1:g]0[]1[1:s]0[]0[]0[]0[]0[]';
    expect(await sharedCacheKey(bare, canonicalTokenRequest({ scope: 's' }))).toBe(
      createHash('sha256').update(text).digest('base64url'),
    );
  });
});
