import { ConfigurationError } from '../errors/configuration-error.ts';
import { Authoriser, type BearerOptions } from '../resource/authoriser.ts';
import { describeBody } from '../resource/sent-body.ts';
import { spareBody } from '../resource/spare-body.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

export interface BearerFetchOptions extends BearerOptions {
  /** The fetch to call. It must take `Authorization` off when a redirect leaves the origin, as the standard says. Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * Makes a `fetch` that sends `Authorization: Bearer` with a good token, and is otherwise fetch itself.
 *
 * After a 401 the token is renewed and the request sent again once, if its body can be. An `Authorization` header that
 * the caller set is left alone. A redirect to another origin goes on without the token. Rejects, besides what fetch
 * rejects with: `OriginNotAllowedError` and `InsecureUrlError` (nothing was sent), and the errors of the token source.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * const call = bearerFetch(tokens, { origins: 'https://tenant.example' });
 * const answer = await call('https://tenant.example/api/v2/users/me');
 */
export function bearerFetch(source: TokenSource, options: BearerFetchOptions): typeof fetch {
  const authoriser = new Authoriser(source, options);
  const { fetch: given } = options;
  if (given !== undefined && typeof given !== 'function') throw new ConfigurationError('fetch', 'must be a function');
  const send: typeof fetch = given ?? ((input, init) => fetch(input, init));

  return async (input, init) => {
    const request = isRequest(input) ? input : undefined;
    const url = targetOf(input);
    const headers = new Headers(init?.headers ?? request?.headers);
    // An address that cannot be read is fetch's to complain about; it gets no token.
    if (url === undefined || headers.has('authorization')) return send(input, init);
    authoriser.check(url);

    const method = init?.method ?? request?.method ?? 'GET';
    const signal = init?.signal ?? request?.signal;
    const token = await authoriser.getToken(signal);
    headers.set('authorization', authoriser.header(token));
    // Begun before sending, which uses the body up.
    const spare = bodyOf(request, init, authoriser);
    const response = await send(input, { ...init, headers });
    if (response.status !== 401 || hasLeft(url, response)) return response;

    const body = await spare;
    const sent = { url, method, body: describeBody(body), token, isReplay: false };
    const verdict = { status: response.status, wwwAuthenticate: response.headers.get('www-authenticate') };
    const newer = await authoriser.newerToken(sent, verdict, signal);
    if (newer === undefined) return response;
    response.body?.cancel().catch(() => {}); // nobody reads it any more: let its connection go
    headers.set('authorization', authoriser.header(newer));
    const again = await send(input, { ...init, headers, ...(body != null && { body }) });
    return again;
  };
}

type KeptBody = Exclude<RequestInit['body'], undefined> | 'too-large' | 'spent' | undefined;

/** The body that is sent, or a copy of it where it comes inside a `Request`. */
async function bodyOf(
  request: Request | undefined,
  init: RequestInit | undefined,
  { replay }: Authoriser,
): Promise<KeptBody> {
  if (init?.body !== undefined && init.body !== null) return init.body;
  if (request?.body === undefined || request.body === null) return undefined;
  return request.bodyUsed ? undefined : spareBody(request, replay.maxBodyBytes);
}

function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === 'object' && 'headers' in input && 'url' in input; // also of another realm or package
}

function targetOf(input: RequestInfo | URL): URL | undefined {
  const text = isRequest(input) ? input.url : String(input);
  const { location } = globalThis as { location?: { href?: string } };
  return URL.canParse(text, location?.href) ? new URL(text, location?.href) : undefined;
}

/** A redirect went to another origin, without the token: what it answers says nothing about the token. */
function hasLeft(url: URL, response: Response): boolean {
  return response.redirected && new URL(response.url).origin !== url.origin;
}
