import type { Dispatcher } from 'undici';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { Authoriser, type BearerOptions, type TokenHeaders } from '../resource/authoriser.ts';
import { type Answer, DispatchExchange, type DispatchHandler } from '../resource/dispatch-exchange.ts';
import { Journey } from '../resource/journey.ts';
import { describeBody } from '../resource/sent-body.ts';
import { verdictOf } from '../resource/verdict.ts';
import type { AccessToken } from '../values/access-token.ts';
import { copyOfHeaders, hasHeader, withHeaders } from '../values/header-fields.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';
import { urlOf } from '../values/url-of.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

export interface BearerInterceptorOptions extends BearerOptions {
  /**
   * Where a `Client` or `Pool` goes, for undici 7, which does not tell: there each request has to name its `origin`
   * unless this does. Default: what undici tells.
   */
  readonly dispatcherOrigin?: string | URL | undefined;
}

/** What a request may say besides undici's own options. */
export interface BearerDispatchOptions {
  /** What the token for this one request is asked for. What it leaves out, the option `request` fills. */
  readonly tokenRequest?: TokenRequest | undefined;
}

type Request = Dispatcher.DispatchOptions & BearerDispatchOptions & { readonly signal?: unknown };
type Handler = Dispatcher.DispatchHandler;

// undici's redirects and repetitions dispatch again with the same handler, which is how they are known. One map for all
// interceptors: where two are put on, the one must not give to a redirect what the other denies it.
const journeys = new WeakMap<Handler, Journey>();

/**
 * An interceptor for `dispatcher.compose`: each request carries `Authorization: Bearer` with a good token.
 *
 * After a 401 the token is renewed and the request sent again once, if its body is in memory; this does not count as
 * one of undici's own retries. An `authorization` header that the caller set is left alone, and so are `CONNECT` and
 * upgrades. Compose it first and `interceptors.redirect` right after it: then a redirect to another origin goes on
 * without the token. Give each request a handler object of its own, if you call `dispatch` yourself: two with the same one
 * count as redirects or repetitions of one request. A failure to get a token ends the request with that `TokenflightError`.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * const dispatcher = new Agent().compose(bearerInterceptor(tokens, { origins: 'https://tenant.example' }));
 * await request('https://tenant.example/api/v2/users/me', { dispatcher });
 */
export function bearerInterceptor(
  source: TokenSource,
  options: BearerInterceptorOptions,
): Dispatcher.DispatcherComposeInterceptor {
  const authoriser = new Authoriser(source, options, ['dispatcherOrigin']);
  const { dispatcherOrigin } = options;
  if (dispatcherOrigin !== undefined && !URL.canParse(String(dispatcherOrigin))) {
    throw new ConfigurationError('dispatcherOrigin', 'must be an absolute URL such as "https://api.example"');
  }
  const replayed = new WeakSet<Handler>();
  let last = { given: '', origin: '' }; // most requests go where the one before them went
  const originOf = (given: string): string => {
    if (given !== last.given) last = { given, origin: new URL(given).origin };
    return last.origin;
  };

  /** Where a request goes, if it is to have a token. */
  const targetOf = (
    { path, headers }: Request,
    handler: Handler,
    origin: string | URL | undefined,
  ): URL | undefined => {
    if (!origin)
      throw new ConfigurationError('dispatcherOrigin', 'is required where requests do not name their origin');
    const isOwnPath = String(path).startsWith('/');
    const url = urlOf(isOwnPath ? `${originOf(String(origin))}${path}` : path);
    if (url === undefined) return undefined; // undici will refuse it
    const journey = journeys.get(handler) ?? new Journey();
    journeys.set(handler, journey);
    if (!journey.mayCarryToken(url) || hasHeader(headers, 'authorization')) return undefined;
    // With an absolute path, a proxy takes the request further: both must be meant to have the token.
    return (isOwnPath || authoriser.admits(new URL(origin))) && authoriser.admits(url) ? url : undefined;
  };

  // undici 8 tells, beyond what its types say, where a dispatcher goes whatever its requests say.
  return (dispatch, boundTo?: string | null) => (given: Request, handler) => {
    const request = { ...given, headers: copyOfHeaders(given.headers ?? null) }; // what is checked is what is sent
    const isOurs = request.method !== 'CONNECT' && !request.upgrade;
    // undici gives handlers of older kinds the current form, or refuses them.
    if (!isOurs || !handler.onRequestStart) return dispatch(request, handler);
    const exchange = new DispatchExchange(handler as DispatchHandler);
    const { method, tokenRequest } = request;
    const signal = isAbortSignal(request.signal) ? request.signal : undefined;

    const send = (url: URL, token: AccessToken, carried: TokenHeaders): boolean => {
      const headers = withHeaders(request.headers, { ...carried }) as Request['headers'] & object;
      const judge = (answer: Answer): Promise<(() => void) | undefined> | undefined => {
        const { history } = answer;
        if (history.some(({ origin }) => origin !== url.origin)) return undefined; // it says nothing about the token
        const verdict = verdictOf(answer);
        if (!authoriser.hears({ token, url }, verdict)) return undefined;
        const [body, isReplay] = [describeBody(request.body), replayed.has(handler)];
        const sent = { url, method, body, token, tokenRequest, isReplay, wasRedirected: history.length > 1 };
        const newer = authoriser.tokenForReplay(sent, verdict, signal ?? exchange.ending);
        return newer.then((found) => found && again(url, found));
      };
      return dispatch({ ...request, headers }, exchange.handler(judge) as Handler);
    };

    const again = async (url: URL, token: AccessToken): Promise<() => void> => {
      const carried = await authoriser.headers(token, url, method);
      return () => {
        replayed.add(handler);
        send(url, token, carried);
      };
    };

    try {
      const url = targetOf(request, handler, boundTo ?? dispatcherOrigin ?? request.origin);
      if (url === undefined) return dispatch(request, handler);
      const token = authoriser.peekToken(signal, tokenRequest);
      const carried = token && authoriser.bearerHeaders(token);
      if (token && carried) return send(url, token, carried);
      exchange.wait(request.body, async () => {
        const token = await authoriser.getToken(signal ?? exchange.ending, tokenRequest);
        const carried = await authoriser.headers(token, url, method);
        return () => send(url, token, carried);
      });
    } catch (error) {
      exchange.fail(error);
    }
    return true; // there is no 'drain' to wait for
  };
}

/** undici also takes an emitter. */
function isAbortSignal(signal: unknown): signal is AbortSignal {
  return typeof (signal as Partial<AbortSignal> | null | undefined)?.addEventListener === 'function';
}
