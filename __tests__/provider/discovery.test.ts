import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigurationError, TokenProvider, type TokenProviderOptions } from '../../src/index.ts';
import { tick } from '../fakes/fake-clock.ts';
import { type ProviderUnderTest, providerUnderTest } from '../fakes/provider-under-test.ts';
import type { ArrivedRequest } from '../fakes/scripted-endpoint.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { recorded } from '../servers/recorded-transport.ts';

const issuer = 'https://auth.example';
const HOUR = 3_600_000;

const isDiscovery = ({ url }: ArrivedRequest): boolean => url.includes('/.well-known/');
const describes = (request: ArrivedRequest, tokenUrl = 'https://auth.example/token'): void =>
  request.answer(200, { issuer, token_endpoint: tokenUrl, revocation_endpoint: 'https://auth.example/revoke' });

interface Discovering extends ProviderUnderTest {
  /** How often the issuer was asked, and the token endpoint. */
  asked(): readonly [number, number];
}

/** A provider that has to find its server. It answers metadata and tokens unless the test says otherwise. */
function discovering(
  options: Partial<TokenProviderOptions> = {},
  onDiscovery: (request: ArrivedRequest, number: number) => void = (request) => describes(request),
): Discovering {
  const made = providerUnderTest({ tokenUrl: undefined, issuer, ...options });
  let discoveries = 0;
  made.endpoint.reaction = (request, number) =>
    isDiscovery(request) ? onDiscovery(request, ++discoveries) : request.grant(`token-${number}`, 900);
  const asked = (): readonly [number, number] => [discoveries, made.endpoint.requests.length - discoveries];
  return { ...made, asked };
}

describe('the server of an issuer', () => {
  it('is found once, by one request, for however many tokens', async () => {
    const { provider, clock, endpoint, asked } = discovering();
    const calls = Array.from({ length: 100 }, (_, index) => provider.getToken({ scope: `s${index % 20}` }));
    await clock.settle(Promise.all(calls));
    expect(asked()).toEqual([1, 20]);
    expect(endpoint.last.url).toBe('https://auth.example/token');
  });

  it('is found again after an hour, behind the calls', async () => {
    let moved = false;
    const { provider, clock, endpoint, asked } = discovering({}, (request) =>
      describes(request, moved ? 'https://auth.example/moved' : undefined),
    );
    await clock.settle(provider.getToken());
    moved = true;
    await clock.advance(HOUR - 1);
    await clock.settle(provider.getToken());
    expect(asked()).toEqual([1, 2]);
    await clock.advance(1);
    await clock.settle(provider.getToken({ scope: 'other' }));
    expect(endpoint.requests.filter((request) => !isDiscovery(request)).at(-1)?.url).toBe('https://auth.example/token');
    await tick();
    expect(asked()).toEqual([2, 3]);
    await clock.settle(provider.getToken({ scope: 'third' }));
    expect(endpoint.last.url).toBe('https://auth.example/moved');
  });

  it('is kept when finding it again fails, which nobody notices and which is tried again after a pause', async () => {
    const { provider, clock, asked, count } = discovering({}, (request, number) =>
      number === 1 ? describes(request) : request.answer(500, ''),
    );
    await clock.settle(provider.getToken());
    await clock.advance(HOUR);
    for (const scope of ['a', 'b', 'c']) await clock.settle(provider.getToken({ scope }));
    expect(asked()[0]).toBe(3); // one lookup: both kinds of metadata
    await clock.advance(30_000);
    await clock.settle(provider.getToken({ scope: 'd' }));
    await tick();
    expect(asked()[0]).toBe(5);
    expect(count('refresh-failed')).toBe(0);
  });

  it('that hangs when asked again holds nobody', async () => {
    const { provider, clock } = discovering({}, (request, number) => number === 1 && describes(request));
    await clock.settle(provider.getToken());
    await clock.advance(HOUR);
    expect((await clock.settle(provider.getToken({ scope: 'other' }))).value).toMatch(/^token-/);
  });

  it('names the issuer for the audience of assertions, and what it is told of', async () => {
    const { provider, clock, events } = discovering();
    await clock.settle(provider.getToken());
    expect(JSON.stringify(events)).not.toContain('/token');
  });
});

describe('a server that cannot be found', () => {
  it.each<[string, (request: ArrivedRequest) => void, RegExp]>([
    ['is nowhere', (request) => request.answer(404, ''), /status 404/],
    ['is down', (request) => request.answer(500, ''), /status 500/],
    ['cannot be reached', (request) => request.fail(), /fetch failed/],
    ['shows a login form', (request) => request.answer(200, '<html>'), /pars/i],
    ['is another one', (request) => request.answer(200, { issuer: 'https://x.example' }), /does not match/],
    [
      'would take secrets in clear',
      (request) => request.answer(200, { issuer, token_endpoint: 'http://auth.example/token' }),
      /^token_endpoint must be https/,
    ],
  ])('is an error of its own: it %s', async (_, reaction, message) => {
    const { provider, clock, asked } = discovering({ retry: { retries: 0 } }, reaction);
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_DISCOVERY',
      issuer: `${issuer}/`,
      retryable: true,
      cause: { message: expect.stringMatching(message) as unknown },
    });
    expect(asked()[1]).toBe(0);
  });

  it('is tried again while somebody waits, and each time both kinds of metadata', async () => {
    const { provider, clock, asked } = discovering({}, (request, number) =>
      number <= 2 ? request.answer(503, '') : describes(request),
    );
    const [token] = await Promise.all([provider.getToken(), clock.advance(20_000)]);
    expect(token.value).toMatch(/^token-/);
    expect(asked()).toEqual([3, 1]);
  });

  it('is not asked again while its cool-down runs, for whatever token', async () => {
    const { provider, clock, asked } = discovering({ retry: { retries: 0 } }, (request) => request.answer(500, ''));
    const calls = Array.from({ length: 20 }, (_, index) => provider.getToken({ scope: `s${index}` }));
    const errors = await clock.settle(Promise.all(calls.map((call) => call.catch((error: unknown) => error))));
    await expect(clock.settle(provider.getToken({ scope: 'late' }))).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_DISCOVERY',
    });
    expect(new Set(errors).size).toBe(1); // one failure, and all are told of it
    expect(asked()).toEqual([2, 0]);
    await clock.advance(1_000);
    await provider.getToken({ scope: 'later' }).catch(() => {});
    expect(asked()[0]).toBe(4);
  });

  it('because it hangs is given up after attemptTimeoutMs', async () => {
    const { provider, clock, asked } = discovering({ attemptTimeoutMs: 2_000, retry: { retries: 0 } }, () => {});
    const call = expect(provider.getToken()).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_TIMEOUT',
      timeoutMs: 2_000,
    });
    await Promise.all([call, clock.advance(2_000)]);
    await expect(clock.settle(provider.getToken({ scope: 'other' }))).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_DISCOVERY',
      cause: { message: 'no answer within 2000 ms' },
    });
    expect(asked()).toEqual([1, 0]);
  });

  it('is not waited for any longer once the provider is closed', async () => {
    const { provider, clock, endpoint } = discovering({}, () => {});
    const call = expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' });
    await clock.advance(0);
    await provider.close();
    await call;
    await tick();
    expect(endpoint.last.signal.aborted).toBe(true);
    expect(clock.pending).toEqual([]);
  });
});

describe('the option issuer', () => {
  const options = { clientId: 'c', clientSecret: 's' };
  it.each<[string, object]>([
    ['tokenUrl', { issuer, tokenUrl: 'https://auth.example/token' }],
    ['issuer', { issuer: 'http://auth.example' }],
    ['issuer', { issuer: 'https://auth.example?tenant=1' }],
    ['issuer', { issuer: 'https://user@auth.example' }],
    ['issuer', { issuer: 'auth.example' }],
    ['issuer', { issuer: 5 }],
    ['revocationUrl', { issuer, revocationUrl: 'http://auth.example/revoke' }],
    ['certificateBoundTokens', { issuer, certificateBoundTokens: 'yes' }],
    ['certificateBoundTokens', { tokenUrl: 'https://auth.example/token', certificateBoundTokens: true }],
  ])('is checked: %s of %j', (option, change) => {
    let thrown: unknown;
    try {
      new TokenProvider({ ...options, ...change });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect(thrown).toMatchObject({ option });
  });
});

describe('a certified server', () => {
  let server: CertifiedServer;
  beforeAll(async () => {
    server = await CertifiedServer.start({ clients: [{ client_id: 'app', client_secret: 'secret' }] });
  });
  afterAll(() => server.close());

  it('is found, asked, and asked to revoke', async () => {
    const { transport, sent } = recorded();
    const provider = new TokenProvider({ issuer: server.issuer, clientId: 'app', clientSecret: 'secret', transport });
    const token = await provider.getToken();
    expect(await server.introspect(token.value)).toMatchObject({ active: true, client_id: 'app' });
    await provider.revoke(token);
    expect(await server.introspect(token.value)).toEqual({ active: false });
    expect((await provider.getToken()).id).not.toBe(token.id);
    expect(sent.map(({ url }) => url.slice(server.issuer.length))).toEqual([
      '/.well-known/openid-configuration',
      '/token',
      '/token/revocation',
      '/token',
    ]);
  });

  it('of another name is refused', async () => {
    const { port } = new URL(server.issuer);
    const provider = new TokenProvider({
      issuer: `http://localhost:${port}`,
      ...{ clientId: 'app', clientSecret: 'secret' },
      retry: { retries: 0 },
    });
    await expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_DISCOVERY' });
  });
});

describe('where tokens are bound to certificates', () => {
  const certified = (method: string) => ({
    clientId: undefined,
    clientSecret: undefined,
    clientAuthentication: { method, clientId: 'c', rereads: false, authenticate: () => {} },
  });
  it.each<[string, Partial<TokenProviderOptions>, string]>([
    ['self_signed_tls_client_auth', certified('self_signed_tls_client_auth'), 'mtls.'],
    ['tls_client_auth', certified('tls_client_auth'), 'mtls.'],
    ['certificateBoundTokens', { certificateBoundTokens: true }, 'mtls.'],
    ['neither', {}, ''],
    ['a method of another name', certified('tls_client_auth_x'), ''],
  ])("the server's addresses for that are used: %s", async (_case, options, host) => {
    const { provider, clock, endpoint } = discovering(options as Partial<TokenProviderOptions>, (request) =>
      request.answer(200, {
        issuer,
        token_endpoint: 'https://auth.example/token',
        mtls_endpoint_aliases: { token_endpoint: 'https://mtls.auth.example/token' },
      }),
    );
    await clock.settle(provider.getToken());
    expect(endpoint.last.url).toBe(`https://${host}auth.example/token`);
  });
});
