import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedBoolean } from '../errors/option-checks.ts';
import { fromBase64Url, noSealing, type Sealing, sealingWith } from './sealing.ts';

/** What tokens are sealed with before they leave the process. */
export interface SealingOptions {
  /** What tokens and failures are sealed with (AES-256-GCM): 32 bytes, or these in base64 or base64url. The same everywhere. */
  readonly encryptionKey?: Uint8Array | string | undefined;
  /**
   * In place of `encryptionKey`, to change keys: the first seals, all open. Give every process the new key last in the
   * list, then every process the new one first, then leave out the old one.
   */
  readonly encryptionKeys?: readonly (Uint8Array | string)[] | undefined;
  /** Keep tokens readable for everybody who can read the store, in place of a key. Default: false. */
  readonly allowPlaintext?: boolean | undefined;
}

/** Their names. */
export const SEALING_OPTIONS: readonly string[] = ['encryptionKey', 'encryptionKeys', 'allowPlaintext'];

const KEY_BYTES = 32;

/** @throws {ConfigurationError} naming the option */
export function checkedSealing({ encryptionKey, encryptionKeys, allowPlaintext = false }: SealingOptions): Sealing {
  checkedBoolean('allowPlaintext', allowPlaintext);
  const hasKey = encryptionKey !== undefined || encryptionKeys !== undefined;
  if (allowPlaintext) {
    if (hasKey) throw new ConfigurationError('allowPlaintext', 'contradicts an encryption key');
    return noSealing;
  }
  if (!hasKey) {
    throw new ConfigurationError('encryptionKey', 'is required, so that nobody reads tokens off the store');
  }
  if (encryptionKey !== undefined && encryptionKeys !== undefined) {
    throw new ConfigurationError('encryptionKeys', 'takes the place of encryptionKey');
  }
  if (encryptionKey !== undefined) return sealingWith([checkedKey('encryptionKey', encryptionKey)]);
  if (!Array.isArray(encryptionKeys) || encryptionKeys.length === 0) {
    throw new ConfigurationError('encryptionKeys', 'must be an array with at least one key');
  }
  return sealingWith(encryptionKeys.map((key, index) => checkedKey(`encryptionKeys[${index}]`, key)));
}

/** A key that will not do may be part of a good one: it is never quoted. */
function checkedKey(option: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? fromBase64Url(value) : value;
  if (isBytes(bytes) && bytes.length === KEY_BYTES) return bytes;
  throw new ConfigurationError(option, 'must be 32 bytes, as a Uint8Array or in base64 or base64url');
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && 'length' in value && (value as Uint8Array).BYTES_PER_ELEMENT === 1;
}
