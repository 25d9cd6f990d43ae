import { ConfigurationError } from '../errors/configuration-error.ts';
import { Authoriser, type BearerOptions, type TokenHeaders } from '../resource/authoriser.ts';
import { hasLeft, verdictOfResponse } from '../resource/fetch-answer.ts';
import type { SentBody } from '../resource/replay-policy.ts';
import { describeBody } from '../resource/sent-body.ts';
import { spareBody } from '../resource/spare-body.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

export interface BearerFetchOptions extends BearerOptions {
  /** The fetch to call. It must take `Authorization` off when a redirect leaves the origin, as the standard says. Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
}

/** What `fetch` takes, and what the token for this one request is asked for. */
export interface BearerRequestInit extends RequestInit {
  /** What it leaves out, the option `request` fills, and then the provider's own defaults. */
  readonly tokenRequest?: TokenRequest | undefined;
}

/** Fits wherever a `fetch` is wanted. Without the DOM's types there is no `RequestInfo`. */
export type BearerFetch = (input: Parameters<typeof fetch>[0], init?: BearerRequestInit) => Promise<Response>;

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
export function bearerFetch(source: TokenSource, options: BearerFetchOptions): BearerFetch {
  const authoriser = new Authoriser(source, options);
  const { fetch: own } = options;
  if (own !== undefined && typeof own !== 'function') throw new ConfigurationError('fetch', 'must be a function');
  const send: typeof fetch = own ?? ((input, init) => fetch(input, init));

  return async function call(input, given) {
    // `fetch(url, request)`: the fields of a Request are getters, which the copies of `init` below would lose.
    if (given !== undefined && isRequest(given)) return call(new Request(input, given), undefined);
    // Taken before anything is awaited, as fetch takes it: what is checked and begun is what is sent.
    const { tokenRequest, ...init } = given ?? {};
    const request = isRequest(input) ? input : undefined;
    const url = targetOf(input);
    const headers = new Headers(init.headers ?? request?.headers);
    // An address that cannot be read is fetch's to complain about; it gets no token. What is not ours goes on as it came.
    if (url === undefined || headers.has('authorization') || !authoriser.admits(url)) return send(input, given);

    const method = wireMethod(init.method ?? request?.method ?? 'GET');
    const signal = init.signal === undefined ? request?.signal : init.signal; // null takes the Request's away
    const token = authoriser.peekToken(signal, tokenRequest) ?? (await authoriser.getToken(signal, tokenRequest));
    const attach = (carried: TokenHeaders): void => {
      for (const [name, value] of Object.entries(carried)) headers.set(name, value);
    };
    attach(authoriser.bearerHeaders(token) ?? (await authoriser.headers(token, url, method)));
    // Begun before sending, which uses the body up.
    const kept = authoriser.replay.allowsMethod(method) ? keepBody(request, init, authoriser) : SPENT;
    const target = request ?? url.href;
    const response = await send(target, { ...init, headers });
    if (hasLeft(url, response)) return response;

    // A body that is still on its way may never end: whoever sends it may be waiting for this very answer.
    const { body, description } = response.status === 401 ? await Promise.race([kept, SPENT]) : SPENT;
    const { redirected: wasRedirected } = response;
    const sent = { url, method, body: description, token, tokenRequest, isReplay: false, wasRedirected };
    const newer = await authoriser.tokenForReplay(sent, verdictOfResponse(response), signal);
    if (response.status === 401) signal?.throwIfAborted();
    if (newer === undefined) return response;
    response.body?.cancel().catch(() => {}); // nobody reads it any more: let its connection go
    attach(await authoriser.headers(newer, url, method));
    const again = await send(target, { ...init, headers, ...(body !== undefined && { body }) });
    if (!hasLeft(url, again))
      await authoriser.tokenForReplay({ ...sent, token: newer, isReplay: true }, verdictOfResponse(again));
    return again;
  };
}

interface KeptBody {
  readonly description: SentBody;
  /** For the second time, if there is one. */
  readonly body?: RequestInit['body'];
}

const SPENT: KeptBody = { description: 'spent' };

/** The body that is sent, or a copy of it where it comes inside a `Request`. */
async function keepBody(request: Request | undefined, init: RequestInit, { replay }: Authoriser): Promise<KeptBody> {
  const given = init.body ?? undefined;
  if (given !== undefined || !request?.body || request.bodyUsed)
    return { description: describeBody(given), body: given };
  const copy = await spareBody(request, replay.maxBodyBytes);
  return typeof copy === 'string' ? { description: copy } : { description: describeBody(copy), body: copy };
}

// As fetch itself sends it, since a proof of possession names it: these six in capitals, all others as they are.
function wireMethod(method: string): string {
  return /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}

function isRequest(input: RequestInfo | RequestInit | URL): input is Request {
  return typeof input === 'object' && 'headers' in input && 'url' in input; // also of another realm or package
}

function targetOf(input: RequestInfo | URL): URL | undefined {
  const text = isRequest(input) ? input.url : String(input);
  const { location } = globalThis as { location?: { href?: string } };
  return URL.canParse(text, location?.href) ? new URL(text, location?.href) : undefined;
}
