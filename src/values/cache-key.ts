import { sha256Base64Url } from './digest.ts';
import type { CanonicalTokenRequest } from './token-request.ts';

/** What of a provider's configuration changes the tokens that the server would issue. */
export interface ClientIdentity {
  readonly tokenUrl: string;
  readonly clientId: string;
  /** As registered: `client_secret_basic`, … */
  readonly authenticationMethod: string;
  readonly grantType: string;
  /** Further parts that a grant or a proof key adds: digests, never a secret in clear. */
  readonly parts?: readonly string[];
}

/**
 * Writes a request in one way only: every part with its length before it, so that no two requests can be
 * written alike. Two requests with the same text get the same token; that makes this a security boundary.
 *
 * @param subjectDigest for whom the token is, where the grant tells subjects apart
 *
 * The text can hold the values of free parameters: it never leaves the process. See {@link sharedCacheKey}.
 */
export function requestKey(request: CanonicalTokenRequest, subjectDigest?: string): string {
  return [
    list(request.scopes),
    list(request.audiences),
    list(request.resources),
    list(request.authorizationDetails === undefined ? [] : [request.authorizationDetails]),
    list(request.parameters.flat()),
    list(subjectDigest === undefined ? [] : [subjectDigest]),
  ].join('');
}

/** The key under which processes share a token: a SHA-256 (base64url) of the client, the request and the subject. */
export function sharedCacheKey(
  client: ClientIdentity,
  request: CanonicalTokenRequest,
  subjectDigest?: string,
): Promise<string> {
  const { tokenUrl, clientId, authenticationMethod, grantType, parts = [] } = client;
  return sha256Base64Url(
    list(['v1', tokenUrl, clientId, authenticationMethod, grantType]) +
      list(parts) +
      requestKey(request, subjectDigest),
  );
}

function list(parts: readonly string[]): string {
  return `${parts.length}[${parts.map((part) => `${part.length}:${part}`).join('')}]`;
}
