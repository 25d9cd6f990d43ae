import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { decodeJwt, type JWTPayload } from 'jose';
import {
  type ClientAuthentication,
  clientAssertion,
  clientSecretJwt,
  dpop,
  jwtBearer,
  privateKeyJwt,
} from '../../src/index.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const claimsIn = (jwts: readonly (string | null)[]): JWTPayload[] => jwts.map((jwt) => decodeJwt(jwt ?? ''));
const distinct = (claims: readonly JWTPayload[]): number => new Set(claims.map(({ jti }) => jti)).size;

describe('what is good for one request is made for each attempt', () => {
  it.each<[string, () => ClientAuthentication]>([
    ['private_key_jwt', () => privateKeyJwt('app', pem, { algorithm: 'ES256' })],
    ['private_key_jwt, its key read afresh', () => privateKeyJwt('app', async () => pem, { algorithm: 'ES256' })],
    ['client_secret_jwt', () => clientSecretJwt('app', 'a-secret-of-at-least-thirty-two-bytes')],
  ])('%s', async (_, authentication) => {
    const { provider, clock, endpoint } = providerUnderTest({
      clientId: undefined,
      clientSecret: undefined,
      clientAuthentication: authentication(),
      dpop: dpop(),
    });
    endpoint.reaction = (request, number) => {
      if (number === 1) request.fail();
      else if (number === 2) request.answer(503, '');
      else if (number === 3) request.answer(400, { error: 'use_dpop_nonce' }, { 'dpop-nonce': 'n-1' });
      else request.grant('token', 900);
    };
    await clock.settle(provider.getToken());
    const assertions = claimsIn(endpoint.requests.map(({ form }) => form.get('client_assertion')));
    const proofs = claimsIn(endpoint.requests.map(({ headers }) => headers.get('dpop')));
    expect([distinct(assertions), distinct(proofs)]).toEqual([4, 4]);
    for (const { iss, sub, aud, exp = 0, iat = 0 } of assertions) {
      expect({ iss, sub, aud, life: exp - iat }).toEqual({
        iss: 'app',
        sub: 'app',
        aud: 'https://auth.example/token',
        life: 60,
      });
    }
  });

  it('an assertion of jwtBearer', async () => {
    const grant = jwtBearer({ key: pem, algorithm: 'ES256', issuer: 'app', audience: 'https://auth.example' });
    const { provider, clock, endpoint } = providerUnderTest({ grant });
    endpoint.reaction = (request, number) => (number < 3 ? request.answer(503, '') : request.grant('token', 900));
    await clock.settle(provider.getToken());
    expect(distinct(claimsIn(endpoint.requests.map(({ form }) => form.get('assertion'))))).toBe(3);
  });

  it('an assertion that another signs', async () => {
    const read = jest.fn(() => `assertion-${read.mock.calls.length}\n`);
    const { provider, clock, endpoint } = providerUnderTest({
      clientId: undefined,
      clientSecret: undefined,
      clientAuthentication: clientAssertion('app', read),
    });
    endpoint.reaction = (request, number) => (number < 3 ? request.answer(503, '') : request.grant('token', 900));
    await clock.settle(provider.getToken());
    expect(endpoint.requests.map(({ form }) => form.get('client_assertion'))).toEqual([
      'assertion-1',
      'assertion-2',
      'assertion-3',
    ]);
  });

  it.each(['', '  \n', undefined])('an assertion that is %j is no token request', async (given) => {
    const { provider, clock, endpoint } = providerUnderTest({
      clientId: undefined,
      clientSecret: undefined,
      clientAuthentication: clientAssertion('app', () => given as string),
      retry: { retries: 0 },
    });
    const error = { code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE' };
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject(error);
    expect(endpoint.requests).toEqual([]);
  });

  it('a key that cannot be read is not remembered as such', async () => {
    const key = jest.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('sealed')).mockResolvedValue(pem);
    const { provider, clock, endpoint } = providerUnderTest({
      clientId: undefined,
      clientSecret: undefined,
      clientAuthentication: privateKeyJwt('app', key, { algorithm: 'ES256' }),
    });
    endpoint.grantAll(900);
    await clock.settle(provider.getToken());
    expect(key).toHaveBeenCalledTimes(2);
  });
});
