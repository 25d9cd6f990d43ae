import { calculateThumbprint, generateKeyPair, generateProof, type KeyPair } from 'dpop';
import { checkedBoolean, checkOptions } from '../errors/option-checks.ts';
import { checkKeyPair, type DpopKeyPair } from './dpop-key-pair.ts';

/** Proves possession of a key with each request (RFC 9449). One value belongs to one provider. */
export interface DpopProver {
  /** Whether a token that is not bound to the key is refused. */
  readonly isRequired: boolean;
  /** RFC 7638 thumbprint of the key, part of the cache key. */
  thumbprint(): Promise<string>;
  /**
   * A new proof for one request, with the nonce that the server asked for last.
   *
   * @param accessToken the one that goes with it, to an API. Undefined: it is a token request
   */
  prove(url: URL, method: string, accessToken?: string): Promise<string>;
  /**
   * Remembers the `DPoP-Nonce` of an answer for the next request to its origin (§8.2). True if it is a new one. What the
   * token endpoint asks for is one thing, what an API at the same origin asks for another (§8, §9).
   *
   * @param accessToken the one that went with the request, to an API. Undefined: it was a token request
   */
  remember(url: URL, nonce: string | null | undefined, accessToken?: string): boolean;
}

export interface DpopOptions {
  /**
   * The key pair, for ES256, RS256, PS256 or Ed25519; its public key must be extractable. Default: an ES256 pair of its
   * own, whose private key is not.
   */
  readonly keyPair?: DpopKeyPair | undefined;
  /** Refuse a token that the server did not bind to the key (`token_type` Bearer). Default: false, it is used as such. */
  readonly required?: boolean | undefined;
}

const MOST_NONCES = 100;

/**
 * Tokens that are bound to a key (DPoP, RFC 9449): a stolen one is of no use.
 *
 * @throws {ConfigurationError} a key of the pair can sign no proof, or an option will not do
 * @example new TokenProvider({ …, dpop: dpop() })
 */
export function dpop(options: DpopOptions = {}): DpopProver {
  checkOptions(options, 'keyPair', 'required');
  const { keyPair: given, required = false } = options;
  checkedBoolean('required', required);
  if (given !== undefined) checkKeyPair(given);
  // The pair is kept, not the promise of it: one that a request of a Worker began may never settle for another.
  let pair: KeyPair | undefined = given && { ...(given as KeyPair) };
  const keyPair = async (): Promise<KeyPair> => {
    const known = pair ?? (await generateKeyPair('ES256'));
    pair ??= known; // of several that were made at once, the first
    return pair;
  };
  const ofTokenEndpoints = new Map<string, string>();
  const ofApis = new Map<string, string>();
  const noncesFor = (accessToken: string | undefined): Map<string, string> =>
    accessToken === undefined ? ofTokenEndpoints : ofApis;
  return {
    isRequired: required,
    async thumbprint() {
      return calculateThumbprint((await keyPair()).publicKey);
    },
    async prove(url, method, accessToken) {
      const htu = `${url.origin}${url.pathname}`; // §4.2: without query and fragment
      return generateProof(await keyPair(), htu, method, noncesFor(accessToken).get(url.origin), accessToken);
    },
    remember({ origin }, nonce, accessToken) {
      const nonces = noncesFor(accessToken);
      if (!nonce || nonces.get(origin) === nonce) return false;
      nonces.delete(origin);
      nonces.set(origin, nonce);
      const [oldest] = nonces.keys();
      if (nonces.size > MOST_NONCES && oldest !== undefined) nonces.delete(oldest);
      return true;
    },
  };
}
