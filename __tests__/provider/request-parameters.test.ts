import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grant, jwtBearer, password, TokenProvider, type TokenProviderOptions } from '../../src/index.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { recorded } from '../servers/recorded-transport.ts';

describe('what a request asks for', () => {
  it('is sent in its own fields, once or repeated', async () => {
    const { provider, clock, endpoint } = providerUnderTest({ parameters: { tenant: 'one' } });
    endpoint.grantAll(900);
    await clock.settle(
      provider.getToken({
        scope: 'b a',
        audience: 'https://api.example',
        resource: ['https://b.example/1', 'https://a.example/'],
        authorizationDetails: [{ type: 'payment_initiation', amount: { currency: 'EUR', value: '1.00' } }],
        parameters: { organization: 'acme' },
      }),
    );
    expect([...endpoint.last.form]).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'a b'],
      ['audience', 'https://api.example'],
      ['resource', 'https://a.example/'],
      ['resource', 'https://b.example/1'],
      ['authorization_details', '[{"type":"payment_initiation","amount":{"currency":"EUR","value":"1.00"}}]'],
      ['organization', 'acme'],
      ['tenant', 'one'],
    ]);
  });

  it('gives way to what the grant itself says, field by field', async () => {
    const made = grant('urn:example:g', ({ scopes, audiences }) => ({
      scope: scopes.map((scope) => `prefixed:${scope}`).join(' '),
      audience: [],
      audience_list: audiences,
    }));
    const { provider, clock, endpoint } = providerUnderTest({ grant: made, audience: 'x', resource: 'urn:r' });
    endpoint.grantAll(900);
    await clock.settle(provider.getToken({ scope: 'a b' }));
    expect([...endpoint.last.form]).toEqual([
      ['grant_type', 'urn:example:g'],
      ['resource', 'urn:r'],
      ['scope', 'prefixed:a prefixed:b'],
      ['audience_list', 'x'],
    ]);
  });

  it.each<[string, () => TokenProviderOptions['grant']]>([
    ['a password', () => password('ann', () => '')],
    ['an assertion', () => jwtBearer({ assertion: async () => '' })],
    ['a parameter', () => grant('g', async () => ({ field: undefined as unknown as string }))],
  ])('is not sent where the grant lacks %s', async (_, make) => {
    const { provider, clock, endpoint } = providerUnderTest({ grant: make(), retry: { retries: 0 } });
    const error = { code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE' };
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject(error);
    expect(endpoint.requests).toEqual([]);
  });

  it.each(['parameters', 'subject', 'exclusively', 'granted', 'refused'])(
    'is no grant with a %s that is none',
    (name) => {
      expect(() => providerUnderTest({ grant: { grantType: 'g', [name]: 'x' } as never })).toThrow(
        `grant.${name}: must be a function`,
      );
    },
  );

  it('is told to a grant only through its answers, and one that fails to keep them is an error of its own', async () => {
    const told: unknown[] = [];
    const { provider, clock, endpoint } = providerUnderTest({
      retry: { retries: 0 },
      grant: {
        grantType: 'g',
        granted: (answer) => {
          told.push(answer['more']);
          if (told.length === 2) throw new Error('disk is full');
        },
      },
    });
    endpoint.reaction = (request, number) =>
      number === 1 ? request.answer(400, { error: 'x', more: 0 }) : request.grant('token', 900, { more: number });
    await expect(clock.settle(provider.getToken({ scope: 'a' }))).rejects.toMatchObject({ error: 'x' });
    await clock.settle(provider.getToken({ scope: 'b' }));
    await expect(clock.settle(provider.getToken({ scope: 'c' }))).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE',
      cause: { message: 'disk is full' },
    });
    expect(told).toEqual([2, 3]);
  });
});

describe('a granted scope that is narrower', () => {
  it('shows on the token', async () => {
    const { provider, clock, endpoint } = providerUnderTest();
    endpoint.reaction = (request) => request.grant('token', 900, { scope: 'a' });
    expect((await clock.settle(provider.getToken({ scope: 'a b' }))).scope).toBe('a');
  });

  it.each<[string, unknown, readonly string[] | undefined]>([
    ['a b', 'a b', undefined],
    ['a b', 'b a c', undefined],
    ['a b', undefined, undefined],
    ['', 'a', undefined],
    ['a b', 'a', ['b']],
    ['a b', '', ['a', 'b']],
    ['a b', 'ab', ['a', 'b']],
  ])('is an error where that is wanted: %j asked, %j granted', async (asked, granted, missing) => {
    const { provider, clock, endpoint } = providerUnderTest({ rejectNarrowerScope: true });
    endpoint.reaction = (request) => request.grant('token', 900, { scope: granted });
    const call = clock.settle(provider.getToken({ scope: asked }));
    if (missing === undefined) expect((await call).value).toBe('token');
    else {
      const code = 'ERR_TOKENFLIGHT_SCOPE_NOT_GRANTED';
      await expect(call).rejects.toMatchObject({ code, missing, retryable: false });
      await expect(clock.settle(provider.getToken({ scope: asked }))).rejects.toMatchObject({ code });
    }
    expect(endpoint.requests).toHaveLength(1); // what is refused is remembered for a while
  });
});

describe('a certified server', () => {
  let server: CertifiedServer;
  beforeAll(async () => {
    server = await CertifiedServer.start({ clients: [{ client_id: 'app', client_secret: 'secret' }] });
  });
  afterAll(() => server.close());

  it('issues a token for each resource, with the scope that was granted (RFC 8707)', async () => {
    const { transport, sent } = recorded();
    const provider = new TokenProvider({
      tokenUrl: server.tokenUrl,
      clientId: 'app',
      clientSecret: 'secret',
      scope: 'api:read',
      transport,
    });
    for (const resource of ['https://one.example/', 'https://two.example/', 'https://one.example/']) {
      const token = await provider.getToken({ resource });
      expect(token.scope).toBe('api:read');
      expect(await server.introspect(token.value)).toMatchObject({ active: true, aud: resource, scope: 'api:read' });
    }
    expect(sent).toHaveLength(2);
  });
});
