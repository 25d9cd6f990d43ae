import { ConfigurationError } from '../errors/configuration-error.ts';
import type { WebCryptoKey } from './crypto-key.ts';

/** A WebCrypto key pair that proofs are signed with. */
export interface DpopKeyPair {
  readonly privateKey: WebCryptoKey;
  readonly publicKey: WebCryptoKey;
}

interface KeyParameters {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash?: { readonly name: string };
  readonly modulusLength?: number;
}

/**
 * Refuses a pair that could never sign a proof. Whether the two keys belong together shows only when they are used.
 *
 * @throws {ConfigurationError} naming the key
 */
export function checkKeyPair(pair: DpopKeyPair): void {
  const privateKey = checkedKey('keyPair.privateKey', pair?.privateKey, 'private');
  const publicKey = checkedKey('keyPair.publicKey', pair?.publicKey, 'public');
  if (!privateKey.usages.includes('sign'))
    throw new ConfigurationError('keyPair.privateKey', 'must be usable to "sign"');
  if (!publicKey.extractable) {
    throw new ConfigurationError('keyPair.publicKey', 'must be extractable: it is part of each proof (RFC 9449 §4.2)');
  }
  if (kindOf(publicKey) !== kindOf(privateKey)) {
    throw new ConfigurationError('keyPair.publicKey', 'must be of the same kind as the private key');
  }
}

function checkedKey(option: string, key: unknown, type: WebCryptoKey['type']): WebCryptoKey {
  if (Object.prototype.toString.call(key) !== '[object CryptoKey]') {
    throw new ConfigurationError(option, 'must be a CryptoKey');
  }
  const given = key as WebCryptoKey;
  if (given.type !== type) throw new ConfigurationError(option, `must be a ${type} key, got a ${given.type} one`);
  if (kindOf(given) === undefined) {
    throw new ConfigurationError(option, `must be for ES256, RS256 or PS256 (of 2,048 bits or more), or Ed25519`);
  }
  return given;
}

/** What tells the supported kinds of key apart; undefined for any other. */
function kindOf({ algorithm }: WebCryptoKey): string | undefined {
  const { name, namedCurve, hash, modulusLength = 0 } = algorithm as KeyParameters;
  if (name === 'Ed25519') return name;
  if (name === 'ECDSA') return namedCurve === 'P-256' ? name : undefined;
  const isRsa = name === 'RSASSA-PKCS1-v1_5' || name === 'RSA-PSS';
  return isRsa && hash?.name === 'SHA-256' && modulusLength >= 2_048 ? `${name} ${modulusLength}` : undefined;
}
