import { describe, expect, it } from '@jest/globals';
import { clientAssertion, clientSecretJwt, privateKeyJwt } from '../../src/protocol/client-assertion.ts';
import type { ClientAuthentication } from '../../src/protocol/client-authentication.ts';

const jwk = { kty: 'OKP', crv: 'Ed25519', d: 'd', x: 'x' };

describe('a client that is malformed', () => {
  it.each<[string, () => ClientAuthentication]>([
    ['clientId', () => privateKeyJwt(undefined as never, jwk)],
    ['key', () => privateKeyJwt('id', undefined as never)],
    ['kid', () => privateKeyJwt('id', jwk, { kid: 7 as never })],
    ['audience', () => privateKeyJwt('id', jwk, { audience: '' })],
    ['audience', () => privateKeyJwt('id', jwk, { audience: ['a'] as never })],
    ['algorithm', () => privateKeyJwt('id', jwk, { algorithm: 'HS256' as never })],
    ['algoritm', () => privateKeyJwt('id', jwk, { algoritm: 'EdDSA' } as never)],
    ['options', () => privateKeyJwt('id', jwk, 'EdDSA' as never)],
    ['clientId', () => clientSecretJwt('', 's')],
    ['clientSecret', () => clientSecretJwt('id', undefined as never)],
    ['audience', () => clientSecretJwt('id', 's', { audience: null as never })],
    ['kid', () => clientSecretJwt('id', 's', { kid: 'k' } as never)],
    ['clientId', () => clientAssertion(undefined as never, () => 'a')],
    ['read', () => clientAssertion('id', undefined as never)],
    ['read', () => clientAssertion('id', 'an assertion' as never)],
  ])('is refused at once, with the name of the option: %s', (option, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }));
  });

  it('may have what a function gives: that is not known yet', () => {
    const never = (): never => {
      throw new Error('asked too early');
    };
    expect(privateKeyJwt('id', never).rereads).toBe(true);
    expect(clientSecretJwt('id', never).rereads).toBe(true);
    expect(clientAssertion('id', never).rereads).toBe(true);
  });
});

describe('the audience "issuer"', () => {
  const authentications: readonly ClientAuthentication[] = [
    privateKeyJwt('id', jwk, { audience: 'issuer' }),
    clientSecretJwt('id', 's', { audience: 'issuer' }),
  ];

  it.each(authentications)('needs an issuer that is known: $method', async (authentication) => {
    const server = { tokenUrl: new URL('https://auth.example/token') };
    const authenticated = authentication.authenticate(server, new URLSearchParams(), new Headers());
    await expect(authenticated).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option: 'audience' });
  });
});
