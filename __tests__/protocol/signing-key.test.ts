import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { importSigningKey, type SigningAlgorithm, type SigningKey } from '../../src/protocol/signing-key.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
const p256 = ec('P-256');
const pem = (key: typeof rsa): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a signing key', () => {
  it.each<[SigningAlgorithm, typeof rsa, object]>([
    ['RS256', rsa, { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-256' } }],
    ['RS384', rsa, { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-384' } }],
    ['RS512', rsa, { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-512' } }],
    ['PS256', rsa, { name: 'RSA-PSS', hash: { name: 'SHA-256' } }],
    ['PS384', rsa, { name: 'RSA-PSS', hash: { name: 'SHA-384' } }],
    ['PS512', rsa, { name: 'RSA-PSS', hash: { name: 'SHA-512' } }],
    ['ES256', p256, { name: 'ECDSA', namedCurve: 'P-256' }],
    ['ES384', ec('P-384'), { name: 'ECDSA', namedCurve: 'P-384' }],
    ['ES512', ec('P-521'), { name: 'ECDSA', namedCurve: 'P-521' }],
    ['EdDSA', generateKeyPairSync('ed25519').privateKey, { name: 'Ed25519' }],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey, { name: 'Ed25519' }],
  ])('for %s comes from PEM and from a JWK, and can do nothing but sign', async (algorithm, key, parameters) => {
    const jwk = { ...key.export({ format: 'jwk' }) } as JsonWebKey;
    const made = await Promise.all([
      importSigningKey(pem(key), algorithm),
      importSigningKey(jwk, algorithm),
      importSigningKey({ ...jwk, alg: algorithm, use: 'sig', key_ops: ['verify'], ext: false }),
    ]);
    for (const { algorithm: is, usages, extractable, type } of made) {
      expect(is).toMatchObject(parameters);
      expect([usages, extractable, type]).toEqual([['sign'], false, 'private']);
    }
  });

  it('says itself what it is for, where a curve is for one thing only', async () => {
    for (const [key, name] of [
      [p256, 'ECDSA'],
      [generateKeyPairSync('ed25519').privateKey, 'Ed25519'],
    ] as const) {
      expect((await importSigningKey({ ...key.export({ format: 'jwk' }) } as JsonWebKey)).algorithm.name).toBe(name);
    }
  });

  it('for another algorithm than its own JWK says is what its owner says', async () => {
    const jwk = { ...rsa.export({ format: 'jwk' }), alg: 'RS256' } as JsonWebKey;
    expect((await importSigningKey(jwk, 'PS256')).algorithm.name).toBe('RSA-PSS');
  });

  it('that is a CryptoKey is used as it is', async () => {
    const { privateKey } = (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign'])) as CryptoKeyPair;
    expect(await importSigningKey(privateKey)).toBe(privateKey);
  });

  it.each<[string, SigningKey, SigningAlgorithm | undefined, RegExp]>([
    ['PEM without an algorithm', pem(p256), undefined, /needs the option "algorithm"/],
    ['an RSA JWK without one', { ...rsa.export({ format: 'jwk' }) } as JsonWebKey, undefined, /needs the option/],
    ['an unknown algorithm', pem(rsa), 'HS256' as SigningAlgorithm, /HS256 is not known/],
    ['PEM of the older kind', ec('P-256').export({ type: 'sec1', format: 'pem' }).toString(), 'ES256', /PKCS #8/],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----', 'ES256', /PKCS #8/],
    ['no PEM', 'MIIEvQ-the-private-part', 'RS256', /PKCS #8/],
    ['an X25519 JWK', { kty: 'OKP', crv: 'X25519', x: 'a', d: 'b' }, undefined, /needs the option/],
  ])('is refused if it is %s, and is not quoted', async (_, key, algorithm, message) => {
    const error: unknown = await importSigningKey(key, algorithm).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as unknown });
    expect(inspect(error)).not.toMatch(/MII|private-part/);
  });
});
