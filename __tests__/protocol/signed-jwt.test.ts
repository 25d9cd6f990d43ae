import { expect, it, jest } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { jwtSigner } from '../../src/protocol/signed-jwt.ts';

const P_256 = { name: 'ECDSA', namedCurve: 'P-256' };

async function aKey(): Promise<JsonWebKey & { readonly kty: string }> {
  const { privateKey } = await crypto.subtle.generateKey(P_256, true, ['sign', 'verify']);
  return { ...(await crypto.subtle.exportKey('jwk', privateKey)), alg: 'ES256' } as JsonWebKey & { kty: string };
}

it('a key that is given as such is imported once', async () => {
  const sign = jwtSigner((await aKey()) as never);
  const imported = jest.spyOn(crypto.subtle, 'importKey');
  try {
    expect(decodeJwt(await sign({ sub: 'a' })).sub).toBe('a');
    expect(decodeJwt(await sign({ sub: 'b' })).sub).toBe('b');
    expect(imported).toHaveBeenCalledTimes(1);
  } finally {
    imported.mockRestore();
  }
});

it.each([
  [undefined, undefined, 'EdDSA'],
  ['EdDSA', undefined, 'EdDSA'],
  ['Ed25519', undefined, 'Ed25519'],
  ['Ed25519', 'EdDSA', 'EdDSA'],
  ['EdDSA', 'Ed25519', 'Ed25519'],
] as const)('a JWK whose alg is %s, with the option %s, signs as %s', async (alg, algorithm, expected) => {
  const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const { alg: _exported, ...jwk } = await crypto.subtle.exportKey('jwk', privateKey);
  const sign = jwtSigner({ ...jwk, alg } as never, { algorithm });
  expect(decodeProtectedHeader(await sign({ sub: 'a' })).alg).toBe(expected);
});

it('an import for a call that dies, as a request of a Worker may, keeps no other waiting', async () => {
  const sign = jwtSigner((await aKey()) as never);
  const imported = jest.spyOn(crypto.subtle, 'importKey').mockReturnValueOnce(new Promise(() => {}) as never);
  try {
    void sign({ sub: 'a' });
    expect(decodeJwt(await sign({ sub: 'b' })).sub).toBe('b');
  } finally {
    imported.mockRestore();
  }
});
