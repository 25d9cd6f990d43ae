import { ConfigurationError } from '../errors/configuration-error.ts';
import { AccessToken } from '../values/access-token.ts';
import { tokenId } from '../values/digest.ts';
import { isHeaderSafe } from '../values/header-safe.ts';
import type { TokenSource } from '../values/token-source.ts';

/**
 * A source that always gives the same token: for tests, and for tokens that come from elsewhere. It has no other one
 * to give after a rejection, so nothing is ever sent again.
 *
 * @throws {ConfigurationError} the token is empty or holds characters outside visible ASCII
 */
export function staticTokenSource(token: string): TokenSource {
  if (typeof token !== 'string' || !isHeaderSafe(token)) {
    throw new ConfigurationError('token', 'must be one or more visible ASCII characters');
  }
  let ready: AccessToken | undefined;
  const made = tokenId(token).then((id) => {
    ready = new AccessToken({ value: token, tokenType: 'Bearer', id, expiresAtMs: Number.NaN });
    return ready;
  });
  return {
    async getToken(_request, options) {
      options?.signal?.throwIfAborted();
      return made;
    },
    peek: () => ready,
    invalidate: () => Promise.resolve(false),
  };
}
