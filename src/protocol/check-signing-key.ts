import { ConfigurationError } from '../errors/configuration-error.ts';
import { algorithmOf, checkAlgorithm, pemBytes, type SigningAlgorithm, type SigningJwk } from './signing-key.ts';

/**
 * Refuses a key that could never sign. What a function gives is not known before it is asked, nor whether a key is for
 * the algorithm before it is imported.
 *
 * @throws {ConfigurationError} naming the key or the algorithm; it never quotes the key
 */
export function checkSigningKey(key: unknown, algorithm: SigningAlgorithm | undefined): void {
  if (algorithm !== undefined) refuseBy('algorithm', () => checkAlgorithm(algorithm));
  if (typeof key === 'function') return;
  if (typeof key === 'string') {
    refuseBy('key', () => pemBytes(key));
    if (algorithm === undefined) throw new ConfigurationError('algorithm', 'is required with a PEM key');
    return;
  }
  const { type, usages, kty, d } = Object(key) as Partial<CryptoKey & SigningJwk>;
  if (Object.prototype.toString.call(key) === '[object CryptoKey]') {
    if (type === 'private' && usages?.includes('sign')) return;
    throw new ConfigurationError('key', 'must be a private key that is usable to "sign"');
  }
  if (typeof kty !== 'string' || typeof d !== 'string') {
    throw new ConfigurationError(
      'key',
      'must be a private key: a CryptoKey, a JWK, PKCS #8 PEM, or a function for one',
    );
  }
  refuseBy('algorithm', () => checkAlgorithm(algorithmOf(key as SigningJwk, algorithm)));
}

function refuseBy(option: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw new ConfigurationError(option, (error as Error).message);
  }
}
