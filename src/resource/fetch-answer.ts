import type { Verdict } from './authoriser.ts';

/** What a `Response` says of the token that its request carried. */
export function verdictOfResponse({ status, headers }: Response): Verdict {
  return { status, wwwAuthenticate: headers.get('www-authenticate'), dpopNonce: headers.get('dpop-nonce') };
}

/** A redirect went to another origin, without the token: what it answers says nothing about the token. */
export function hasLeft(url: URL, response: Response): boolean {
  return response.redirected && new URL(response.url).origin !== url.origin;
}
