import { ConfigurationError } from '../errors/configuration-error.ts';
import { Authoriser, type BearerOptions } from '../resource/authoriser.ts';
import { BodyInMemory } from '../resource/body-in-memory.ts';
import { BodyOfRequest } from '../resource/body-of-request.ts';
import { referrerOf } from '../resource/copy-of-request.ts';
import { fetchExchange } from '../resource/fetch-exchange.ts';
import { plainInit } from '../resource/plain-init.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';
import { urlOf } from '../values/url-of.ts';

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
  const authoriser = new Authoriser(source, options, ['fetch']);
  const { fetch: own } = options;
  if (own !== undefined && typeof own !== 'function') throw new ConfigurationError('fetch', 'must be a function');
  const send: typeof fetch = own ?? ((input, init) => fetch(input, init));

  return async function call(input, given) {
    // `fetch(url, request)`: only what is made of a Request can be sent again with its body.
    if (given && isRequest(given) && 'clone' in given) return call(new (classOf(given))(input, given), undefined);
    // Taken before anything is awaited, as fetch takes it: what is checked and begun is what is sent.
    const { tokenRequest, ...init } = plainInit(given);
    const request = isRequest(input) ? input : undefined;
    const url = targetOf(input);
    if (url === undefined) return send(input, given); // for fetch to complain about
    const headers = copyOf(init.headers ?? request?.headers);
    const method = wireMethod(init.method ?? request?.method ?? 'GET');
    const signal = init.signal === undefined ? request?.signal : init.signal; // null takes the Request's away
    const inMemory = init.body ?? undefined;
    const body =
      request && inMemory === undefined
        ? new BodyOfRequest(authoriser.replay, request)
        : new BodyInMemory(authoriser.replay, inMemory);
    const outgoing = { url, method, signal, tokenRequest, hasAuthorization: isAuthorized(headers), body };
    const exchange = fetchExchange(authoriser, outgoing);
    // As it came, save for headers that may have been there to be read once.
    if (exchange === undefined) return send(input, init.headers ? { ...plainInit(given), headers } : given);
    // Where the caller changes something, fetch itself forgets the referrer.
    const referrer = request && Object.keys(init).length === 0 ? referrerOf(request) : undefined;
    return exchange.answer((again) => {
      exchange.attachTo(headers);
      const sent = again?.body ?? body.body;
      return send(request ?? url.href, { ...referrer, ...init, headers, ...(sent !== undefined && { body: sent }) });
    });
  };
}

// Plain where they came so: `Headers` cost a request more than all else that is done for it here.
function copyOf(headers: HeadersInit | undefined): Headers | Record<string, string> {
  return headers !== undefined && Symbol.iterator in headers ? new Headers(headers) : { ...headers };
}

function isAuthorized(headers: Headers | Record<string, string>): boolean {
  if (headers instanceof Headers) return headers.has('authorization');
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

// As fetch itself sends it, since a proof of possession names it: these six in capitals, all others as they are.
function wireMethod(method: string): string {
  if (method === 'GET' || method === 'POST') return method;
  return /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}

function isRequest(input: RequestInfo | RequestInit | URL): input is Request {
  return typeof input === 'object' && 'headers' in input && 'url' in input; // also of another realm or package
}

/** The class to make another one of: the fetch of another package may take its own only. */
function classOf(request: Request): typeof Request {
  return request instanceof Request ? Request : ((request as Request).constructor as typeof Request);
}

function targetOf(input: RequestInfo | URL): URL | undefined {
  const text = isRequest(input) ? input.url : String(input);
  const { location } = globalThis as { location?: { href?: string } };
  return urlOf(text, location?.href);
}
