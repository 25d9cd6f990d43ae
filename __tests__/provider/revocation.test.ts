import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientSecretBasic, privateKeyJwt, staticTokenSource, TokenProvider } from '../../src/index.ts';
import { CLIENT_SECRET, type ProviderUnderTest, providerUnderTest } from '../fakes/provider-under-test.ts';
import type { ArrivedRequest } from '../fakes/scripted-endpoint.ts';
import { CertifiedServer } from '../servers/certified-server.ts';

const revocationUrl = 'https://auth.example/revoke';

interface Revoking extends ProviderUnderTest {
  revocations(): ArrivedRequest[];
}

function revoking(
  options = {},
  onRevocation = (request: ArrivedRequest): unknown => request.answer(200, ''),
): Revoking {
  const made = providerUnderTest({ revocationUrl, ...options });
  made.endpoint.reaction = (request, number) =>
    request.url === revocationUrl ? onRevocation(request) : request.grant(`token-${number}`, 900);
  return { ...made, revocations: () => made.endpoint.requests.filter(({ url }) => url === revocationUrl) };
}

describe('a token is revoked', () => {
  it('by a form that names it, with the credentials of the client', async () => {
    const { provider, clock, revocations, events } = revoking();
    const token = await clock.settle(provider.getToken());
    await clock.settle(provider.revoke(token));
    const [request] = revocations();
    expect([...(request?.form ?? [])]).toEqual([
      ['token', 'token-1'],
      ['token_type_hint', 'access_token'],
    ]);
    expect(request?.headers.get('authorization')).toBe(`Basic ${btoa(`client:${encodeURIComponent(CLIENT_SECRET)}`)}`);
    expect(request?.headers.get('content-type')).toBe('application/x-www-form-urlencoded;charset=UTF-8');
    expect(events.at(-1)).toMatchObject({ type: 'revoked', tokenId: token.id });
  });

  it('and is not used any more from the moment of the call', async () => {
    const { provider, clock } = revoking({}, () => {});
    const token = await clock.settle(provider.getToken());
    const call = expect(provider.revoke(token)).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_REVOCATION' });
    expect(provider.peek()).toBeUndefined();
    expect((await clock.settle(provider.getToken())).id).not.toBe(token.id);
    await Promise.all([call, clock.advance(10_000)]);
  });

  it('that is an old one, without dropping the newer one', async () => {
    const { provider, clock, revocations } = revoking();
    const old = await clock.settle(provider.getToken());
    const newer = await clock.settle(provider.getToken({}, { forceRefresh: true }));
    await clock.settle(provider.revoke(old));
    expect(provider.peek()?.id).toBe(newer.id);
    expect(revocations()[0]?.form.get('token')).toBe('token-1');
  });

  it('that gave way to others', async () => {
    const { provider, clock, revocations } = revoking({ maxTokens: 1 });
    const token = await clock.settle(provider.getToken({ scope: 'a' }));
    await clock.settle(provider.getToken({ scope: 'b' }));
    await clock.settle(provider.revoke(token));
    expect(revocations()).toHaveLength(1);
  });

  it.each([200, 204])('if the answer is %p, whatever it holds', async (status) => {
    const { provider, clock } = revoking({}, (request) =>
      status === 204 ? request.answer(200, 'gone') : request.answer(200, { error: 'odd' }),
    );
    const token = await clock.settle(provider.getToken());
    await expect(clock.settle(provider.revoke(token))).resolves.toBeUndefined();
  });

  it('with an assertion of its own', async () => {
    const { privateKey } = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'sign',
    ])) as CryptoKeyPair;
    const options = { clientId: undefined, clientSecret: undefined };
    const made = revoking({ ...options, clientAuthentication: privateKeyJwt('app', privateKey) });
    const token = await made.clock.settle(made.provider.getToken());
    await made.clock.settle(made.provider.revoke(token));
    const [one, other] = made.endpoint.requests.map(({ form }) => form.get('client_assertion'));
    expect(one).toMatch(/^eyJ/);
    expect(other).toMatch(/^eyJ/);
    expect(other).not.toBe(one);
  });
});

describe('a token is not revoked', () => {
  it.each<[string, (request: ArrivedRequest) => unknown, string]>([
    ['refused', (r) => r.answer(400, { error: 'unsupported_token_type' }), '(status 400: unsupported_token_type)'],
    ['refused in other words', (r) => r.answer(403, 'token-1 is not yours'), '(status 403)'],
    ['refused with a token for an error', (r) => r.answer(400, { error: 'token-1' }), '(status 400)'],
    ['asked elsewhere', (r) => r.answer(302, '', { location: 'https://evil.example' }), '(status 302)'],
    ['down', (r) => r.answer(503, ''), '(status 503)'],
    ['not there', (r) => r.fail(new TypeError('fetch failed token-1')), 'could not be asked'],
  ])('where the server is %s, and no part of the error shows it', async (_, reaction, message) => {
    const { provider, clock } = revoking({}, reaction);
    const token = await clock.settle(provider.getToken());
    const error: unknown = await clock.settle(provider.revoke(token).catch((reason: unknown) => reason));
    expect(error).toMatchObject({
      code: 'ERR_TOKENFLIGHT_REVOCATION',
      message: expect.stringContaining(message) as unknown,
    });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('token-1');
  });

  it('where the server hangs', async () => {
    const { provider, clock, revocations } = revoking({ attemptTimeoutMs: 3_000 }, () => {});
    const token = await clock.settle(provider.getToken());
    const call = expect(provider.revoke(token)).rejects.toThrow('no answer within 3000 ms');
    await Promise.all([call, clock.advance(3_000)]);
    expect(revocations()[0]?.signal.aborted).toBe(true);
  });

  it('where no endpoint is known', async () => {
    const { provider, clock, endpoint } = revoking({ revocationUrl: undefined });
    const token = await clock.settle(provider.getToken());
    await expect(clock.settle(provider.revoke(token))).rejects.toThrow('no revocation endpoint is known');
    expect(endpoint.requests).toHaveLength(1);
  });

  it('where the credential cannot be read, which is not quoted', async () => {
    let calls = 0;
    const read = (): string => (++calls === 1 ? 'secret' : (JSON.parse('s3cr3t+x') as string));
    const options = { clientId: undefined, clientSecret: undefined };
    const { provider, clock } = revoking({ ...options, clientAuthentication: clientSecretBasic('app', read) });
    const token = await clock.settle(provider.getToken());
    const error: unknown = await clock.settle(provider.revoke(token).catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'ERR_TOKENFLIGHT_REVOCATION' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cr3t');
  });

  it.each(['another provider', 'a static source', 'nowhere'])('that is from %s: it is told to nobody', async (from) => {
    const { provider, clock, endpoint } = revoking();
    const other = revoking();
    const token = {
      'another provider': await other.clock.settle(other.provider.getToken()),
      'a static source': await staticTokenSource('static').getToken(),
      nowhere: {} as never,
    }[from];
    await clock.settle(provider.getToken());
    await expect(provider.revoke(token as never)).rejects.toThrow('not a token of this provider');
    expect(endpoint.requests).toHaveLength(1);
  });
});

describe('close({ revoke: true })', () => {
  const many = Array.from({ length: 25 }, (_, index) => `scope-${index}`);

  it('revokes all tokens, a few at a time, and waits for it', async () => {
    let open = 0;
    let most = 0;
    const { provider, clock, revocations, count } = revoking({}, async (request) => {
      most = Math.max(most, ++open);
      await Promise.resolve();
      open--;
      request.answer(200, '');
    });
    const tokens = await clock.settle(Promise.all(many.map((scope) => provider.getToken({ scope }))));
    await clock.settle(provider.close({ revoke: true }));
    expect(
      revocations()
        .map(({ form }) => form.get('token'))
        .sort(),
    ).toEqual(tokens.map(({ value }) => value).sort());
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(10);
    expect(count('revoked')).toBe(25);
    expect(clock.pending).toEqual([]);
  });

  it('goes on after those that fail, of which events tell', async () => {
    let calls = 0;
    const { provider, clock, events } = revoking({}, (request) =>
      ++calls % 2 === 0 ? request.fail() : request.answer(200, ''),
    );
    await clock.settle(Promise.all(many.map((scope) => provider.getToken({ scope }))));
    await clock.settle(provider.close({ revoke: true }));
    const told = events.filter(({ type }) => type === 'revoked' || type === 'revocation-failed');
    expect(told.map(({ type }) => type).sort()).toEqual([
      ...Array.from({ length: 12 }, () => 'revocation-failed'),
      ...Array.from({ length: 13 }, () => 'revoked'),
    ]);
    expect(told.find(({ type }) => type === 'revocation-failed')).toMatchObject({
      error: { code: 'ERR_TOKENFLIGHT_REVOCATION' },
      request: { scope: expect.stringContaining('scope-') as unknown },
    });
  });

  it('ends within the time of one though all hang, also for who closes again', async () => {
    const { provider, clock, count, revocations } = revoking({ attemptTimeoutMs: 1_000 }, () => {});
    await clock.settle(Promise.all(many.map((scope) => provider.getToken({ scope }))));
    let closed = 0;
    const closings = [{ revoke: true }, {}].map((options) => provider.close(options).then(() => closed++));
    await clock.advance(999);
    expect(closed).toBe(0);
    await clock.advance(1);
    await Promise.all(closings);
    expect([count('revocation-failed'), revocations().length]).toEqual([25, 10]);
  });

  it('revokes nothing where there is nothing, or it is not asked to', async () => {
    const { provider, clock, revocations } = revoking();
    await provider.close({ revoke: true });
    const other = revoking();
    await other.clock.settle(other.provider.getToken());
    await other.clock.settle(other.provider.close());
    expect([revocations(), other.revocations()]).toEqual([[], []]);
    expect(clock.pending).toEqual([]);
  });
});

describe('a certified server', () => {
  let server: CertifiedServer;
  beforeAll(async () => {
    server = await CertifiedServer.start({ clients: [{ client_id: 'app', client_secret: 'secret' }] });
  });
  afterAll(() => server.close());

  it('does not know the tokens of a closed provider any more', async () => {
    const provider = new TokenProvider({
      tokenUrl: server.tokenUrl,
      revocationUrl: `${server.tokenUrl}/revocation`,
      clientId: 'app',
      clientSecret: 'secret',
    });
    const scopes = ['api:read', 'api:write', 'api:read api:write'];
    const tokens = await Promise.all(scopes.map((scope) => provider.getToken({ scope })));
    const active = (): Promise<boolean[]> =>
      Promise.all(tokens.map(async ({ value }) => (await server.introspect(value)).active));
    expect(await active()).toEqual([true, true, true]);
    await provider.close({ revoke: true });
    expect(await active()).toEqual([false, false, false]);
  });
});
