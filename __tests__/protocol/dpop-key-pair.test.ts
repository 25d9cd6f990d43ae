import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { dpop } from '../../src/protocol/dpop.ts';

type Parameters = EcKeyGenParams | RsaHashedKeyGenParams | { name: string };

const rsa = (name: string, hash: string, modulusLength = 2_048): Parameters => ({
  name,
  hash,
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
});
const P_256 = { name: 'ECDSA', namedCurve: 'P-256' };
const made = (parameters: Parameters, usages: KeyUsage[] = ['sign', 'verify']): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(parameters, false, usages) as Promise<CryptoKeyPair>;

const thrownFor = (keyPair: unknown): unknown => {
  try {
    return dpop({ keyPair: keyPair as CryptoKeyPair });
  } catch (error) {
    return error;
  }
};

describe('a key pair is refused at once', () => {
  it.each<[string, Parameters]>([
    ['ES384', { name: 'ECDSA', namedCurve: 'P-384' }],
    ['RS384', rsa('RSASSA-PKCS1-v1_5', 'SHA-384')],
    ['PS512', rsa('RSA-PSS', 'SHA-512')],
    ['RS256 of 1,024 bits', rsa('RSASSA-PKCS1-v1_5', 'SHA-256', 1_024)],
  ])('for %s', async (_, parameters) => {
    const thrown = thrownFor(await made(parameters));
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect(thrown).toMatchObject({
      option: 'keyPair.privateKey',
      message: expect.stringMatching(/ES256, RS256 or PS256/),
    });
  });

  it('whose private key may not sign', async () => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey({ ...P_256, name: 'ECDH' }, false, [
      'deriveBits',
    ]);
    expect(thrownFor({ privateKey, publicKey })).toMatchObject({ option: 'keyPair.privateKey' });
    const ours = await made(P_256);
    const deaf = Object.create(ours.privateKey, {
      type: { value: 'private' },
      algorithm: { value: P_256 },
      usages: { value: [] },
    });
    expect(thrownFor({ ...ours, privateKey: deaf, publicKey: ours.publicKey })).toMatchObject({
      option: 'keyPair.privateKey',
      message: expect.stringMatching(/"sign"/),
    });
  });

  it('whose public key cannot be shown', async () => {
    const { privateKey, publicKey } = await made(P_256);
    const jwk = await crypto.subtle.exportKey('jwk', publicKey);
    const hidden = await crypto.subtle.importKey('jwk', { ...jwk, ext: false }, P_256, false, ['verify']);
    expect(thrownFor({ privateKey, publicKey: hidden })).toMatchObject({
      option: 'keyPair.publicKey',
      message: expect.stringMatching(/extractable/),
    });
  });

  it('whose keys are of two kinds, or in the wrong places', async () => {
    const [one, other] = [await made(P_256), await made({ name: 'Ed25519' })];
    const { privateKey, publicKey } = one;
    expect(thrownFor({ privateKey, publicKey: other.publicKey })).toMatchObject({ option: 'keyPair.publicKey' });
    expect(thrownFor({ privateKey: publicKey, publicKey })).toMatchObject({ option: 'keyPair.privateKey' });
    expect(thrownFor({ privateKey, publicKey: privateKey })).toMatchObject({ option: 'keyPair.publicKey' });
  });

  it.each([{}, null, 'pem', { privateKey: {}, publicKey: {} }, { privateKey: 'a', publicKey: 'b' }])(
    'that is no such pair: %j',
    (keyPair) => expect(thrownFor(keyPair)).toMatchObject({ code: 'ERR_TOKENFLIGHT_CONFIGURATION' }),
  );
});

it('the option required is true or false', () => {
  expect(() => dpop({ required: 'yes' as unknown as boolean })).toThrow(/^required: /);
});
