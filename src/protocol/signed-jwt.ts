import { checkedString, ifGiven } from '../errors/option-checks.ts';
import { checkSigningKey } from './check-signing-key.ts';
import { modifyAssertion, PrivateKeyJwt } from './oauth.ts';
import { importSigningKey, type SigningAlgorithm, type SigningKey } from './signing-key.ts';

export interface SigningOptions {
  /** Which of the client's keys signed (RFC 7515 §4.1.4). Default: a JWK's own. */
  readonly kid?: string | undefined;
  /** Required for a PEM key. Default: what the key itself says. */
  readonly algorithm?: SigningAlgorithm | undefined;
}

/** The claims of a JWT (RFC 7519 §4). One that is undefined is left out. */
export type JwtClaims = Readonly<Record<string, unknown>>;

/** A key, or a function that reads it afresh for each attempt. */
export type KeySource = SigningKey | (() => SigningKey | Promise<SigningKey>);

interface ImportedKey {
  readonly key: CryptoKey;
  readonly kid?: string;
  /** What the options, or else the key itself call it. */
  readonly algorithm: string | undefined;
}

/**
 * Makes a function that signs JWTs, each with a `jti` of its own and valid for a minute, unless its claims say
 * otherwise. A key that is given as such is imported once.
 *
 * @throws {ConfigurationError} the key can sign nothing, or an option will not do
 */
export function jwtSigner(key: KeySource, options: SigningOptions = {}): (claims: JwtClaims) => Promise<string> {
  checkSigningKey(key, options.algorithm);
  ifGiven('kid', options.kid, checkedString);
  // What is imported is kept, not the promise of it: one that a request of a Worker began may never settle for another.
  let imported: ImportedKey | undefined;
  const signingKey = async (): Promise<ImportedKey> => {
    if (typeof key === 'function') return importKey(await key(), options);
    imported ??= await importKey(key, options);
    return imported;
  };
  return async (claims) => signJwt(await signingKey(), claims);
}

async function importKey(given: SigningKey, options: SigningOptions): Promise<ImportedKey> {
  const key = (await importSigningKey(given, options.algorithm)) as CryptoKey;
  const own = typeof given === 'object' && 'kty' in given ? given : undefined;
  const kid = options.kid ?? own?.kid;
  return { key, algorithm: options.algorithm ?? own?.alg, ...(kid !== undefined && { kid }) };
}

// oauth4webapi signs client assertions and shows no other signer: ours is what it writes into a form nobody sends.
async function signJwt({ algorithm, ...key }: ImportedKey, claims: JwtClaims): Promise<string> {
  const form = new URLSearchParams();
  const sign = PrivateKeyJwt(key, {
    [modifyAssertion]: (header, payload) => {
      Object.assign(payload, claims);
      // RFC 9864 names the curve; most servers still know the older name only.
      if (header['alg'] === 'Ed25519' && algorithm !== 'Ed25519') header['alg'] = 'EdDSA';
    },
  });
  await sign({ issuer: 'https://unused.invalid' }, { client_id: 'unused' }, form, new Headers());
  return form.get('client_assertion') ?? '';
}
