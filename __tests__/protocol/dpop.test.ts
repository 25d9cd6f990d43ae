import { createHash } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { dpop } from '../../src/protocol/dpop.ts';

const url = new URL('https://server.example.com/token');
const nonceIn = (proof: string): unknown => decodeJwt(proof)['nonce'];

/** The key of RFC 9449's examples; its private part is not in the RFC, and a proof is not needed here. */
const RFC_9449_KEY = {
  kty: 'EC',
  x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
  y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  crv: 'P-256',
};

describe('the thumbprint of a key', () => {
  it('is the one of RFC 9449 §6.1 for its key', async () => {
    const publicKey = await crypto.subtle.importKey('jwk', RFC_9449_KEY, { name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'verify',
    ]);
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    const prover = dpop({ keyPair: { publicKey, privateKey } });
    expect(await prover.thumbprint()).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });

  it('is the same for all who come while the pair is made', async () => {
    const prover = dpop();
    const all = await Promise.all([1, 2, 3].map(() => prover.thumbprint()));
    expect(new Set(all).size).toBe(1);
    expect(await prover.thumbprint()).toBe(all[0]);
  });

  it('stays the same for the life of a prover, and is another for another', async () => {
    const [one, other] = [dpop(), dpop()];
    expect(await one.thumbprint()).toBe(await one.thumbprint());
    expect(await one.thumbprint()).not.toBe(await other.thumbprint());
  });
});

describe('a proof', () => {
  it('names the access token by its hash, as RFC 9449 §7.1 has it', async () => {
    const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
    const proof = await dpop().prove(new URL('https://resource.example.org/protectedresource'), 'GET', token);
    expect(decodeJwt(proof)).toMatchObject({
      htm: 'GET',
      htu: 'https://resource.example.org/protectedresource',
      ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
    });
    expect(createHash('sha256').update(token).digest('base64url')).toBe(decodeJwt(proof)['ath']);
  });

  it('has neither query nor fragment of the address', async () => {
    const proof = await dpop().prove(new URL('https://api.example/a%20b?secret=1#part'), 'POST');
    expect(decodeJwt(proof)['htu']).toBe('https://api.example/a%20b');
  });

  it.each<[string, EcKeyGenParams | RsaHashedKeyGenParams | { name: string }]>([
    ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
    ['Ed25519', { name: 'Ed25519' }],
    ['PS256', { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }],
    [
      'RS256',
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    ],
  ])('is signed with %s by a pair that was given', async (alg, parameters) => {
    const keyPair = (await crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])) as CryptoKeyPair;
    const { privateKey, publicKey } = keyPair;
    const proof = await dpop({ keyPair: { privateKey, publicKey } }).prove(url, 'POST');
    expect(decodeProtectedHeader(proof)).toMatchObject({ alg, typ: 'dpop+jwt' });
  });

  it('is a new one each time', async () => {
    const prover = dpop();
    const [one, other] = [await prover.prove(url, 'POST'), await prover.prove(url, 'POST')];
    expect(decodeJwt(one).jti).not.toBe(decodeJwt(other).jti);
  });

  it('is had again after making a pair failed', async () => {
    const prover = dpop();
    const generate = jest.spyOn(crypto.subtle, 'generateKey').mockRejectedValueOnce(new Error('no entropy'));
    try {
      await expect(prover.prove(url, 'POST')).rejects.toThrow('no entropy');
    } finally {
      generate.mockRestore();
    }
    expect(decodeJwt(await prover.prove(url, 'POST'))).toMatchObject({ htm: 'POST' });
  });
});

describe('a pair that is being made', () => {
  it('for a call that dies, as a request of a Worker may, keeps no other waiting', async () => {
    const prover = dpop();
    const generate = jest.spyOn(crypto.subtle, 'generateKey').mockReturnValueOnce(new Promise(() => {}) as never);
    try {
      void prover.thumbprint();
      expect(decodeJwt(await prover.prove(url, 'POST'))).toMatchObject({ htm: 'POST' });
    } finally {
      generate.mockRestore();
    }
  });
});

describe('the nonces of servers', () => {
  it('are remembered per origin, the newest each', async () => {
    const prover = dpop();
    const api = new URL('https://api.example/');
    expect(prover.remember(url, 'n-1')).toBe(true);
    expect(prover.remember(new URL('https://server.example.com/other'), 'n-2')).toBe(true);
    expect(prover.remember(api, 'n-3')).toBe(true);
    expect(nonceIn(await prover.prove(url, 'POST'))).toBe('n-2');
    expect(nonceIn(await prover.prove(api, 'GET'))).toBe('n-3');
    expect(nonceIn(await prover.prove(new URL('https://server.example.com:8443/'), 'GET'))).toBeUndefined();
  });

  it('are remembered for the token endpoint and for an API at the same origin, each its own', async () => {
    const prover = dpop();
    const api = new URL('https://server.example.com/things');
    expect(prover.remember(api, 'n-1', 'a-token')).toBe(true);
    expect(nonceIn(await prover.prove(url, 'POST'))).toBeUndefined();
    expect(prover.remember(url, 'n-2')).toBe(true);
    expect(nonceIn(await prover.prove(api, 'GET', 'another-token'))).toBe('n-1');
    expect(nonceIn(await prover.prove(url, 'POST'))).toBe('n-2');
    expect(prover.remember(url, 'n-1')).toBe(true);
    expect(prover.remember(api, 'n-1', 'another-token')).toBe(false);
  });

  it.each([null, undefined, ''])('are not forgotten for %p', async (none) => {
    const prover = dpop();
    prover.remember(url, 'n-1');
    expect(prover.remember(url, none)).toBe(false);
    expect(prover.remember(url, 'n-1')).toBe(false); // not a new one
    expect(nonceIn(await prover.prove(url, 'POST'))).toBe('n-1');
  });

  it('of a hundred origins are kept, those longest not renewed go', async () => {
    const prover = dpop();
    const origin = (index: number): URL => new URL(`https://server-${index}.example/`);
    for (let index = 0; index < 100; index++) prover.remember(origin(index), `n-${index}`);
    prover.remember(origin(0), 'renewed');
    prover.remember(origin(100), 'n-100');
    const kept = await Promise.all([0, 1, 2, 100].map(async (at) => nonceIn(await prover.prove(origin(at), 'GET'))));
    expect(kept).toEqual(['renewed', undefined, 'n-2', 'n-100']);
  });
});

it.each<[string, unknown]>([
  ['options', null],
  ['options', 'key'],
  ['required', { required: 'yes' }],
  ['requird', { requird: true }],
  ['keyPair', { keyPair: null }],
  ['keyPair.privateKey', { keyPair: {} }],
])('is refused at once, with the name of the option: %s', (option, options) => {
  expect(() => dpop(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }),
  );
});
