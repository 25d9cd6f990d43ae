import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { clientSecretPost, none } from '../../src/protocol/client-authentication.ts';
import { providerConfig } from '../../src/provider/provider-config.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const good = { tokenUrl: 'https://auth.example/token', clientId: 'client', clientSecret: 'a-secret-to-hide' };

function refusal(change: object): unknown {
  try {
    new TokenProvider({ ...good, ...change } as never);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the options of a provider', () => {
  it.each([
    ['tokenUrl', { tokenUrl: undefined }],
    ['tokenUrl', { tokenUrl: '' }],
    ['tokenUrl', { tokenUrl: '/token' }],
    ['tokenUrl', { tokenUrl: 7 }],
    ['tokenUrl', { tokenUrl: 'ftp://auth.example/token' }],
    ['tokenUrl', { tokenUrl: 'http://auth.example/token' }],
    ['tokenUrl', { tokenUrl: 'http://127.0.0.1.evil.example/token' }],
    ['tokenUrl', { tokenUrl: 'https://client:secret@auth.example/token' }],
    ['tokenUrl', { tokenUrl: 'https://auth.example/token#here' }],
    ['clientId', { clientId: undefined }],
    ['clientId', { clientId: '' }],
    ['clientSecret', { clientSecret: undefined }],
    ['clientSecret', { clientSecret: 7 }],
    ['clientId', { clientAuthentication: none('client') }],
    ['clientSecret', { clientId: undefined, clientAuthentication: none('client') }],
    ['clientAuthentication', { clientId: undefined, clientSecret: undefined, clientAuthentication: 'post' }],
    ['clientAuthentication.method', { clientId: undefined, clientSecret: undefined, clientAuthentication: {} }],
    [
      'clientAuthentication.authenticate',
      { clientId: undefined, clientSecret: undefined, clientAuthentication: { method: 'x', clientId: 'c' } },
    ],
    ['grant', { grant: 'client_credentials' }],
    ['grant.grantType', { grant: {} }],
    ['transport', { transport: {} }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: '30' }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['timeoutMs', { timeoutMs: Number.POSITIVE_INFINITY }],
    ['attemptTimeoutMs', { attemptTimeoutMs: -1 }],
    ['retry', { retry: 3 }],
    ['retry.retries', { retry: { retries: 1.5 } }],
    ['retry.retries', { retry: { retries: -1 } }],
    ['retry.minDelayMs', { retry: { minDelayMs: -1 } }],
    ['retry.maxDelayMs', { retry: { minDelayMs: 10, maxDelayMs: 9 } }],
    ['retry.limit', { retry: { limit: 3 } }],
    ['refreshAt', { refreshAt: 0 }],
    ['refreshAt', { refreshAt: 1 }],
    ['refreshWindowMs', { refreshWindowMs: -1 }],
    ['refreshWindowMs', { refreshAt: 0.5, refreshWindowMs: 1_000 }],
    ['refreshJitter', { refreshJitter: 0.51 }],
    ['expiryMarginMs', { expiryMarginMs: -1 }],
    ['fallbackLifetimeMs', { fallbackLifetimeMs: 0 }],
    ['refreshBackoff.maxDelayMs', { refreshBackoff: { maxDelayMs: 1 } }],
    ['coolDown.minDelayMs', { coolDown: { minDelayMs: null } }],
    ['maxRetryAfterMs', { maxRetryAfterMs: -1 }],
    ['forcedRefreshIntervalMs', { forcedRefreshIntervalMs: '5s' }],
    ['maxTokens', { maxTokens: 0 }],
    ['maxTokens', { maxTokens: 1.5 }],
    ['allowInsecure', { allowInsecure: 'yes' }],
    ['clock', { clock: null }],
    ['clock.schedule', { clock: { monotonicMs: () => 0, wallMs: () => 0 } }],
    ['random', { random: 0.5 }],
    ['scope', { scope: 7 }],
    ['scope', { scope: ['a', ''] }],
    ['audience', { audience: {} }],
    ['resource', { resource: 'not a URI' }],
    ['resource', { resource: 'https://api.example/#part' }],
    ['authorizationDetails', { authorizationDetails: {} }],
    ['parameters', { parameters: [] }],
    ['parameters.n', { parameters: { n: 1 } }],
    ['parameters.client_secret', { parameters: { client_secret: 'x' } }],
    ['parameters.scope', { parameters: { scope: 'x' } }],
    ['tokenurl', { tokenurl: 'https://auth.example' }],
  ])('%s is refused at construction, by name, when it will not do: %j', (option, change) => {
    const error = refusal(change);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ option, code: 'ERR_TOKENFLIGHT_CONFIGURATION', retryable: false });
    expect((error as Error).message.startsWith(`${option}: `)).toBe(true);
    expect((error as Error).message).not.toMatch(/a-secret-to-hide|client:secret/);
  });

  it.each([
    [{ tokenUrl: new URL('https://auth.example/token?tenant=1') }],
    [{ tokenUrl: 'http://localhost:8080/token' }],
    [{ tokenUrl: 'http://127.0.0.1:8080/token' }],
    [{ tokenUrl: 'http://[::1]:8080/token' }],
    [{ tokenUrl: 'http://auth.example/token', allowInsecure: true }],
    [{ clientSecret: async () => 'read-when-needed' }],
    [{ clientId: undefined, clientSecret: undefined, clientAuthentication: clientSecretPost('c', 's') }],
    [{ retry: { retries: 0 } }],
    [{ resource: ['https://api.example', 'urn:example:api'] }],
    [{ scope: '' }],
  ])('%j will do', (change) => {
    expect(refusal(change)).toBeUndefined();
  });

  it('are required as an object', () => {
    expect(() => new TokenProvider(undefined as never)).toThrow('options: must be an object');
  });

  it('are read once: changing the object afterwards changes nothing, and it is never changed itself', () => {
    const scope = ['b', 'a'];
    const options = { ...good, scope, tokenUrl: new URL(good.tokenUrl) };
    const before = structuredClone({ ...options, tokenUrl: options.tokenUrl.href });
    const config = providerConfig(options);
    expect({ ...options, tokenUrl: options.tokenUrl.href }).toEqual(before);
    scope.push('c');
    options.tokenUrl.host = 'evil.example';
    expect(config.defaults.scope).toEqual(['b', 'a']);
    expect(config.endpoint.server.address).toBe(good.tokenUrl);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('have the defaults that the README names', () => {
    expect(providerConfig(good)).toMatchObject({
      timeoutMs: 30_000,
      attemptTimeoutMs: 10_000,
      retries: 3,
      retry: { minDelayMs: 500, maxDelayMs: 5_000 },
      freshness: { refreshJitter: 0.1 },
      fallbackLifetimeMs: 300_000,
      refreshBackoff: { minDelayMs: 1_000, maxDelayMs: 30_000 },
      coolDown: { minDelayMs: 500, maxDelayMs: 30_000 },
      maxRetryAfterMs: 3_600_000,
      forcedRefreshIntervalMs: 5_000,
      maxTokens: 10_000,
    });
  });
});

it('parameters may have any name that has no option of its own', () => {
  const parameters = { constructor: 'x', toString: 'y' } as Record<string, string>;
  expect(() => providerUnderTest({ parameters })).not.toThrow();
});

describe('a mistake in the options', () => {
  const mtls = { method: 'tls_client_auth', clientId: 'c', rereads: false, authenticate: () => {} };
  const store = memoryStore();
  it.each<[string, object]>([
    ['scope: must be a string or an array of strings', { scope: 7 }],
    ['resource: must be an absolute URI without fragment (RFC 8707 §2)', { resource: 'relative' }],
    ...[{}, [1], [null], ['a'], [{ n: 1n }]].map((authorizationDetails): [string, object] => [
      'authorizationDetails: must be an array of objects, as JSON has them (RFC 9396 §2)',
      { authorizationDetails },
    ]),
    ['parameters: must be a plain object of strings by name', { parameters: new Map([['tenant', 'b']]) }],
    ['parameters: must be a plain object of strings by name', { parameters: new URLSearchParams('tenant=b') }],
    ['grant.identity: must be an array of strings', { grant: { grantType: 'x', identity: 'me' } }],
    ['grant.identity: must be a string that is not empty, got 7', { grant: { grantType: 'x', identity: ['me', 7] } }],
    ['flights.keepAlive: must be a function, got 5', { flights: { begin: () => {}, keepAlive: 5 } }],
    [
      'clientAuthentication.rereads: must be true or false, got a string',
      { clientAuthentication: { ...mtls, rereads: 'no' }, clientId: undefined, clientSecret: undefined },
    ],
    ['parameters.scope: use the option "scope"', { parameters: { scope: 'x' } }],
    ['parameters.n: must be a string', { parameters: { n: 1 } }],
    ['refreshWindowMs: contradicts "refreshAt"', { refreshAt: 0.5, refreshWindowMs: 1 }],
    ['rejectNarrowerScope: must be true or false, got 1', { rejectNarrowerScope: 1 }],
    ['storeTimeoutMs: must be a number from 1 to 86400000, got 0', { storeTimeoutMs: 0 }],
    ['store: must be an object, got a string', { store: 'redis://localhost' }],
    ['store.put: must be a function, got undefined', { store: { ...store, put: undefined } }],
    [
      'grant.identity: is required with "store": it tells whose tokens are shared',
      { store, grant: { grantType: 'password' } },
    ],
    ['clock: must be an object, got a string', { clock: 'wall' }],
    ['flights: must be an object, got a string', { flights: 'shared' }],
    ['flights.begin: must be a function, got undefined', { flights: {} }],
    ['dpop: must be an object, got a string', { dpop: 'a proof' }],
    ['dpop.prove: must be a function, got undefined', { dpop: { thumbprint: () => {} } }],
    [
      'certificateBoundTokens: needs "issuer": a "tokenUrl" is used as it is',
      { certificateBoundTokens: true, clientAuthentication: mtls, clientId: undefined, clientSecret: undefined },
    ],
    ['tokenUrl: contradicts "issuer"', { issuer: 'https://auth.example' }],
    ['issuer: must not have a query (RFC 8414 §2)', { tokenUrl: undefined, issuer: 'https://auth.example/?tenant=1' }],
    ['clientId: is part of "clientAuthentication" already', { clientAuthentication: mtls }],
    ['clientSecret: contradicts "clientAuthentication"', { clientAuthentication: mtls, clientId: undefined }],
    [
      'clientAuthentication.clientId: must be a string that is not empty, got undefined',
      {
        clientAuthentication: { ...mtls, clientId: undefined },
        clientId: undefined,
        clientSecret: undefined,
      },
    ],
  ])('is named, with what is wrong: %s', (message, change) => {
    expect(refusal(change)).toMatchObject({ message });
  });
});

describe('a token request', () => {
  it.each([
    ['scopes', { scopes: 'a' }],
    ['scope', { scope: [7] }],
    ['resource', { resource: 'relative' }],
    ['parameters.grant_type', { parameters: { grant_type: 'password' } }],
    ['request', null],
    ['request', 'a b'],
  ])('that is malformed is refused by name (%s), and nothing is sent', async (option, request) => {
    const { provider, endpoint } = providerUnderTest();
    await expect(provider.getToken(request as never)).rejects.toMatchObject({ option });
    expect(() => provider.peek(request as never)).toThrow(ConfigurationError);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('wins over the defaults, field by field, and parameters name by name', async () => {
    const { provider, endpoint } = providerUnderTest({ scope: 'a', audience: 'one', parameters: { p: '1', q: '1' } });
    endpoint.grantAll(600);
    await provider.getToken({ scope: 'b', parameters: { q: '2' } });
    expect(endpoint.last.form.toString()).toBe('grant_type=client_credentials&scope=b&audience=one&p=1&q=2');
  });

  it('may be written as undefined fields or an empty object: it is then the default one', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const token = await provider.getToken();
    expect(await provider.getToken({})).toBe(token);
    expect(await provider.getToken({ scope: undefined, parameters: {} })).toBe(token);
    expect(endpoint.requests).toHaveLength(1);
  });
});
