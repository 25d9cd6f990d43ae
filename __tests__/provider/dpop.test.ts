import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, type JWK } from 'jose';
import { dpop, privateKeyJwt, TokenProvider } from '../../src/index.ts';
import { proverOf } from '../../src/values/proof-of-possession.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { recorded } from '../servers/recorded-transport.ts';

const NONCE_WANTED = [400, { error: 'use_dpop_nonce' }] as const;

describe('a token request with a proof of possession', () => {
  it('names the endpoint without its query, the method, and no access token', async () => {
    const { provider, clock, endpoint } = providerUnderTest({
      tokenUrl: 'https://auth.example:8443/token?tenant=1',
      dpop: dpop(),
    });
    endpoint.reaction = (request) => request.grant('token', 900, { token_type: 'DPoP' });
    const token = await clock.settle(provider.getToken());
    const proof = endpoint.last.headers.get('dpop') ?? '';
    expect(decodeProtectedHeader(proof)).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC' } });
    expect(decodeProtectedHeader(proof).jwk).not.toHaveProperty('d');
    const { iat, jti, ...claims } = decodeJwt(proof);
    expect([typeof iat, typeof jti]).toEqual(['number', 'string']);
    expect(claims).toEqual({ htu: 'https://auth.example:8443/token', htm: 'POST' });
    expect(token.tokenType).toBe('DPoP');
    expect(proverOf(token)).toBeDefined();
  });

  it('is repeated at once with the nonce that the server wants: the same attempt, another proof', async () => {
    const { provider, clock, endpoint, events, count } = providerUnderTest({ dpop: dpop(), retry: { retries: 0 } });
    endpoint.reaction = (request, number) =>
      number === 1
        ? request.answer(...NONCE_WANTED, { 'dpop-nonce': 'n-1' })
        : request.grant('token', 900, { token_type: 'dpop' });
    const token = await clock.settle(provider.getToken());
    expect(token.tokenType).toBe('DPoP');
    expect(endpoint.requests.map(({ headers }) => decodeJwt(headers.get('dpop') ?? '')['nonce'])).toEqual([
      undefined,
      'n-1',
    ]);
    expect([count('dpop-nonce-used'), count('refresh-retried')]).toEqual([1, 0]);
    expect(JSON.stringify(events)).not.toContain('n-1');
  });

  it('is repeated at once only once, and later as after any passing failure', async () => {
    const { provider, clock, endpoint, count } = providerUnderTest({ dpop: dpop(), retry: { retries: 1 } });
    endpoint.reaction = (request, number) => request.answer(...NONCE_WANTED, { 'dpop-nonce': `n-${number}` });
    const error = { code: 'ERR_TOKENFLIGHT_REQUEST_REJECTED', error: 'use_dpop_nonce', retryable: true };
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject(error);
    expect(endpoint.requests).toHaveLength(4);
    expect([count('dpop-nonce-used'), count('refresh-retried')]).toEqual([2, 1]);
  });

  it('uses the newest nonce of any answer, a success included, from then on', async () => {
    const { provider, clock, endpoint } = providerUnderTest({ dpop: dpop() });
    endpoint.reaction = (request, number) =>
      request.answer(200, { access_token: `t-${number}`, token_type: 'DPoP' }, { 'dpop-nonce': `n-${number}` });
    for (const scope of ['a', 'b', 'c']) await clock.settle(provider.getToken({ scope }));
    expect(endpoint.requests.map(({ headers }) => decodeJwt(headers.get('dpop') ?? '')['nonce'])).toEqual([
      undefined,
      'n-1',
      'n-2',
    ]);
  });

  it('is not repeated where no proof was sent', async () => {
    const { provider, clock, endpoint } = providerUnderTest();
    endpoint.answerAll(...NONCE_WANTED, { 'dpop-nonce': 'n-1' });
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({ error: 'use_dpop_nonce' });
    expect(endpoint.requests).toHaveLength(1);
    expect(endpoint.last.headers.has('dpop')).toBe(false);
  });
});

describe('an answer', () => {
  it.each([undefined, 'Bearer', 'bearer'])(
    'with token_type %p to a proof is a bearer token, and says so',
    async (type) => {
      const { provider, clock, endpoint } = providerUnderTest({ dpop: dpop() });
      endpoint.reaction = (request) => request.grant('token', 900, { token_type: type });
      const token = await clock.settle(provider.getToken());
      expect(token.tokenType).toBe('Bearer');
      expect(proverOf(token)).toBeUndefined();
    },
  );

  it.each([undefined, 'Bearer', 'bearer'])(
    'with token_type %p is refused where a bound one is required',
    async (type) => {
      const { provider, clock, endpoint } = providerUnderTest({ dpop: dpop({ required: true }) });
      endpoint.reaction = (request) => request.grant('token', 900, { token_type: type });
      await expect(clock.settle(provider.getToken())).rejects.toMatchObject({
        code: 'ERR_TOKENFLIGHT_RESPONSE',
        message: expect.stringContaining('not bound to the key') as unknown,
        retryable: false,
      });
    },
  );

  it('with a DPoP token that nobody asked for is refused: nothing could prove possession', async () => {
    const { provider, clock, endpoint } = providerUnderTest();
    endpoint.reaction = (request) => request.grant('token', 900, { token_type: 'DPoP' });
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_RESPONSE',
      message: expect.stringContaining('other than Bearer') as unknown,
    });
  });
});

describe('a certified server that wants its nonce', () => {
  let server: CertifiedServer;
  const given = crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);

  beforeAll(async () => {
    const publicJwk = await crypto.subtle.exportKey('jwk', (await given).publicKey);
    const { kty = '', crv = '', x = '', y = '' } = publicJwk;
    server = await CertifiedServer.start({
      wantsNonce: true,
      clients: [
        {
          client_id: 'bound',
          token_endpoint_auth_method: 'private_key_jwt',
          token_endpoint_auth_signing_alg: 'ES256',
          jwks: { keys: [{ kty, crv, x, y, alg: 'ES256', use: 'sig' }] },
          dpop_bound_access_tokens: true,
        },
      ],
    });
  });
  afterAll(() => server.close());

  it.each(['a pair of its own', 'a pair that was given'])('binds the token to %s', async (which) => {
    const { privateKey, publicKey } = await given;
    const prover = dpop({
      required: true,
      ...(which !== 'a pair of its own' && { keyPair: { privateKey, publicKey } }),
    });
    const { transport, sent } = recorded();
    const provider = new TokenProvider({
      tokenUrl: server.tokenUrl,
      clientAuthentication: privateKeyJwt('bound', privateKey),
      dpop: prover,
      transport,
      retry: { retries: 0 },
    });
    const token = await provider.getToken();
    expect(token.tokenType).toBe('DPoP');
    expect(sent).toHaveLength(2); // the first one asked for the nonce; server and assertion are content with the second
    const { jwk } = decodeProtectedHeader(sent[1]?.headers.get('dpop') ?? '');
    const thumbprint = await prover.thumbprint();
    expect(await calculateJwkThumbprint(jwk as JWK)).toBe(thumbprint);
    expect(await server.introspect(token.value)).toMatchObject({ active: true, cnf: { jkt: thumbprint } });
    await provider.getToken({ scope: 'api:read' });
    expect(sent).toHaveLength(3); // the nonce is known now
  });
});
