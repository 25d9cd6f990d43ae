import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { checkSigningKey } from '../../src/protocol/check-signing-key.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const sec1 = pair.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
const jwk = pair.privateKey.export({ format: 'jwk' });
const publicJwk = pair.publicKey.export({ format: 'jwk' });
const rsa = { kty: 'RSA', n: 'n', e: 'AQAB', d: 'd' };

describe('a key that could never sign', () => {
  it.each<[string, unknown, unknown]>([
    ['key: must be a private key: a CryptoKey, a JWK, PKCS #8 PEM, or a function for one', undefined, undefined],
    ['key: must be a private key: a CryptoKey, a JWK, PKCS #8 PEM, or a function for one', null, 'ES256'],
    ['key: must be a private key: a CryptoKey, a JWK, PKCS #8 PEM, or a function for one', 7, 'ES256'],
    ['key: must be a private key: a CryptoKey, a JWK, PKCS #8 PEM, or a function for one', publicJwk, 'ES256'],
    ['key: the key is no PKCS #8 PEM ("BEGIN PRIVATE KEY")', 'secret', 'ES256'],
    ['key: the key is no PKCS #8 PEM ("BEGIN PRIVATE KEY")', sec1, 'ES256'],
    ['algorithm: is required with a PEM key', pem, undefined],
    ['algorithm: the algorithm HS256 is not known', pem, 'HS256'],
    ['algorithm: the algorithm HS256 is not known', () => pem, 'HS256'],
    ['algorithm: the algorithm 7 is not known', pem, 7],
    ['algorithm: a JWK without "alg" needs the option "algorithm"', rsa, undefined],
    ['algorithm: the algorithm RSA-OAEP is not known', { ...rsa, alg: 'RSA-OAEP' }, undefined],
  ])('is refused: %s', (message, key, algorithm) => {
    expect(() => checkSigningKey(key, algorithm as never)).toThrow(
      expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', message }),
    );
  });

  it('is refused where it is a CryptoKey of the wrong kind', async () => {
    const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    for (const key of [publicKey, privateKey]) expect(() => checkSigningKey(key, undefined)).toThrow(/^key: must be/);
  });
});

describe('a key that may sign', () => {
  it.each<[string, unknown, unknown]>([
    ['PEM', pem, 'ES256'],
    ['PEM of one line', pem.replaceAll('\n', '\\n'), 'ES256'],
    ['a JWK that tells by its curve', jwk, undefined],
    ['a JWK that tells by its alg', { ...rsa, alg: 'PS256' }, undefined],
    ['a JWK for something else, with the option', { ...rsa, alg: 'RSA-OAEP' }, 'RS256'],
    ['what a function will give', () => undefined, undefined],
  ])('is %s', (_, key, algorithm) => {
    expect(() => checkSigningKey(key, algorithm as never)).not.toThrow();
  });

  it('is a private CryptoKey', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    expect(() => checkSigningKey(privateKey, undefined)).not.toThrow();
  });
});
