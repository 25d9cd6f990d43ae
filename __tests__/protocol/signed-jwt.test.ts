import { expect, it, jest } from '@jest/globals';
import { decodeJwt } from 'jose';
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
