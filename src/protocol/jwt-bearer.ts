import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedBoolean, checkedObject, checkedString, checkOptions, ifGiven } from '../errors/option-checks.ts';
import type { Grant, GrantParameters } from './grant.ts';
import { checkSecret, readToken, type Secret } from './secret.ts';
import { type JwtClaims, jwtSigner, type KeySource, type SigningOptions } from './signed-jwt.ts';

/** An assertion that is signed here, a new one for each attempt. */
export interface SignedAssertionOptions extends SigningOptions {
  readonly key: KeySource;
  /** Claim `iss`: who signs, as the server knows it. */
  readonly issuer: string;
  /** Claim `aud`: the server, under the name that it goes by. */
  readonly audience: string;
  /** Claim `sub`: for whom the token is. Default: none. */
  readonly subject?: string | undefined;
  /** The scope becomes a claim of the assertion and is not sent beside it, as some servers want it. Default: false. */
  readonly scopeInAssertion?: boolean | undefined;
  /** Further claims, or others in place of the usual ones (`exp`: a minute from now). */
  readonly claims?: JwtClaims | undefined;
}

/**
 * `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1): an assertion about the subject, given, read afresh for
 * each attempt where it is a function, or signed here.
 *
 * @throws {ConfigurationError} naming the option that will not do
 * @example jwtBearer({ assertion: () => readFile('/run/assertion', 'utf8') })
 * @example jwtBearer({ key: pem, algorithm: 'RS256', issuer: clientId, subject: 'user@example.com', audience: 'https://auth.example' })
 */
export function jwtBearer(options: { readonly assertion: Secret } | SignedAssertionOptions): Grant {
  const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  checkedObject('options', options);
  if ('assertion' in options) {
    checkOptions(options, 'assertion');
    checkSecret('assertion', options.assertion);
    return {
      grantType,
      parameters: async () => ({ assertion: await readToken(options.assertion, 'the assertion') }),
    };
  }
  const { key, issuer, audience, subject, scopeInAssertion = false, claims } = options;
  if (key === undefined) throw new ConfigurationError('assertion', 'is required, or a "key" to sign one');
  checkOptions(options, 'key', 'algorithm', 'kid', 'issuer', 'audience', 'subject', 'scopeInAssertion', 'claims');
  checkedString('issuer', issuer);
  checkedString('audience', audience);
  ifGiven('subject', subject, checkedString);
  checkedBoolean('scopeInAssertion', scopeInAssertion);
  ifGiven('claims', claims, checkedObject);
  const sign = jwtSigner(key, options);
  return {
    grantType,
    identity: [JSON.stringify([issuer, audience, subject ?? null, claims ?? null])],
    async parameters({ scopes }): Promise<GrantParameters> {
      const scope = scopeInAssertion && scopes.length > 0 ? scopes.join(' ') : undefined;
      const assertion = await sign({ iss: issuer, sub: subject, aud: audience, scope, ...claims });
      return scopeInAssertion ? { assertion, scope: [] } : { assertion };
    },
  };
}
