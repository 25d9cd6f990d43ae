import type { WebCryptoKey } from './crypto-key.ts';

/** JWS algorithms that assertions are signed with (RFC 7518 §3.1, RFC 9864). Proofs: see `dpop()`. */
export type SigningAlgorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'Ed25519'
  | 'EdDSA'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512';

/** A private key as a JWK (RFC 7517 §4, RFC 7518 §6), with the members that are used. Others may be there. */
export interface SigningJwk {
  readonly kty?: string | undefined;
  readonly alg?: string | undefined;
  readonly kid?: string | undefined;
  readonly use?: string | undefined;
  readonly key_ops?: readonly string[] | undefined;
  readonly ext?: boolean | undefined;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly d?: string | undefined;
  readonly n?: string | undefined;
  readonly e?: string | undefined;
  readonly p?: string | undefined;
  readonly q?: string | undefined;
  readonly dp?: string | undefined;
  readonly dq?: string | undefined;
  readonly qi?: string | undefined;
}

/** A private key in any of the forms that people have: WebCrypto's own, PEM (PKCS #8), or a JWK. */
export type SigningKey = WebCryptoKey | string | SigningJwk;

const ECDSA_CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/**
 * Makes a `CryptoKey` that signs. One that is already such a key is used as it is.
 *
 * @param algorithm required for PEM, which does not tell; for a JWK its own `alg` is the default
 * @throws {TypeError} the key cannot be read, or the algorithm is not known; it never quotes the key
 */
export async function importSigningKey(key: SigningKey, algorithm?: SigningAlgorithm): Promise<WebCryptoKey> {
  if (typeof key === 'string') {
    if (algorithm === undefined) throw new TypeError('a PEM key needs the option "algorithm"');
    return crypto.subtle.importKey('pkcs8', pemBytes(key), importParameters(algorithm), false, ['sign']);
  }
  if (!('kty' in key)) return key as WebCryptoKey;
  const named = algorithmOf(key, algorithm);
  // What a JWK says about its use is often narrower than what its owner now wants it for.
  const { use: _use, key_ops: _operations, ext: _extractable, alg: _algorithm, ...plain } = key;
  return crypto.subtle.importKey('jwk', plain as JsonWebKey, importParameters(named), false, ['sign']);
}

/** @throws {TypeError} nothing tells */
export function algorithmOf(key: SigningJwk, algorithm: SigningAlgorithm | undefined): SigningAlgorithm {
  const named = algorithm ?? (key.alg as SigningAlgorithm | undefined) ?? guessed(key);
  if (named === undefined) throw new TypeError('a JWK without "alg" needs the option "algorithm"');
  return named;
}

function guessed({ kty, crv }: SigningJwk): SigningAlgorithm | undefined {
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA';
  return Object.keys(ECDSA_CURVES).find((name) => kty === 'EC' && ECDSA_CURVES[name] === crv) as
    | SigningAlgorithm
    | undefined;
}

/** @throws {TypeError} the algorithm is not known */
export function checkAlgorithm(algorithm: SigningAlgorithm): void {
  importParameters(algorithm);
}

function importParameters(algorithm: SigningAlgorithm): EcKeyImportParams | RsaHashedImportParams | Algorithm {
  const curve = ECDSA_CURVES[algorithm];
  if (curve !== undefined) return { name: 'ECDSA', namedCurve: curve };
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return { name: 'Ed25519' };
  const [, family, bits] = /^(RS|PS)(256|384|512)$/.exec(algorithm) ?? [];
  if (family === undefined) throw new TypeError(`the algorithm ${String(algorithm).slice(0, 20)} is not known`);
  return { name: family === 'RS' ? 'RSASSA-PKCS1-v1_5' : 'RSA-PSS', hash: `SHA-${bits}` };
}

/** @throws {TypeError} it is no PKCS #8 PEM */
export function pemBytes(pem: string): Uint8Array<ArrayBuffer> {
  const lines = pem.replaceAll('\\n', '\n'); // as environment variables have it
  const [, base64] = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(lines) ?? [];
  if (base64 === undefined) throw new TypeError('the key is no PKCS #8 PEM ("BEGIN PRIVATE KEY")');
  return Uint8Array.from(atob(base64.replace(/\s/g, '')), (character) => character.charCodeAt(0));
}
