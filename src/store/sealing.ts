/**
 * Turns texts into what may lie in a store, and back. The context says what a text is and where it belongs: what was
 * sealed for one place does not open in another.
 */
export interface Sealing {
  seal(text: string, context: readonly string[]): Promise<string>;
  /** Undefined: sealed with another key or for another place, damaged, or of a later version. */
  open(envelope: string, context: readonly string[]): Promise<string | undefined>;
}

interface Key {
  readonly id: string;
  readonly key: CryptoKey;
}

const SEALED = 'sealed1';
const PLAIN = 'plain1';
const NONCE_BYTES = 12; // NIST SP 800-38D, 8.2.2: drawn at random, good for 2^32 texts a key
const KEY_ID_BYTES = 6;

/**
 * AES-256-GCM. An envelope is `sealed1.KEY_ID.` and nonce, ciphertext and tag in base64url; the version, the key's id and
 * the context are authenticated with it.
 *
 * @param keys of 32 bytes each; the first seals, all open
 */
export function sealingWith(keys: readonly Uint8Array[]): Sealing {
  const copies = keys.map((key) => Uint8Array.from(key));
  // What is imported is kept, not the promise of it: one that a request of a Worker began may never settle for another.
  let imported: readonly Key[] | undefined;
  const known = async (): Promise<readonly Key[]> => {
    imported ??= await Promise.all(copies.map(importKey));
    return imported;
  };

  return {
    async seal(text, context) {
      const [first] = await known();
      if (first === undefined) throw new TypeError('There is no key to seal with');
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: associatedData(first.id, context) };
      const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, first.key, new TextEncoder().encode(text)));
      const bytes = new Uint8Array(nonce.length + sealed.length);
      bytes.set(nonce);
      bytes.set(sealed, nonce.length);
      return `${SEALED}.${first.id}.${toBase64Url(bytes)}`;
    },

    async open(envelope, context) {
      const [version, id, body, more] = envelope.split('.');
      if (version !== SEALED || body === undefined || more !== undefined) return undefined;
      const key = (await known()).find((candidate) => candidate.id === id);
      const bytes = fromBase64Url(body);
      if (key === undefined || bytes === undefined) return undefined;
      const additionalData = associatedData(key.id, context);
      try {
        const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, NONCE_BYTES), additionalData };
        const text = await crypto.subtle.decrypt(algorithm, key.key, bytes.subarray(NONCE_BYTES));
        return new TextDecoder().decode(text);
      } catch {
        return undefined;
      }
    },
  };
}

/** Seals nothing. What was sealed stays shut, and what was not does not open with a key. */
export const noSealing: Sealing = {
  async seal(text) {
    return `${PLAIN}.${text}`;
  },
  async open(envelope) {
    return envelope.startsWith(`${PLAIN}.`) ? envelope.slice(PLAIN.length + 1) : undefined;
  },
};

/** Bytes in base64 or base64url, padded or not. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

async function importKey(copy: Uint8Array<ArrayBuffer>): Promise<Key> {
  // A digest of its own domain: it tells keys apart, and nothing about them.
  const digest = await crypto.subtle.digest('SHA-256', prefixFree(['tokenflight key id', toBase64Url(copy)]));
  const key = await crypto.subtle.importKey('raw', copy, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return { id: toBase64Url(new Uint8Array(digest).subarray(0, KEY_ID_BYTES)), key };
}

function associatedData(keyId: string, context: readonly string[]): Uint8Array<ArrayBuffer> {
  return prefixFree(['tokenflight', SEALED, keyId, ...context]);
}

/** Each part after its length: no two lists come out the same. */
function prefixFree(parts: readonly string[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(parts.map((part) => `${part.length}:${part}`).join(''));
}
