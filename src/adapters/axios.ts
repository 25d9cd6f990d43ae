import type { AxiosAdapter, AxiosInstance, AxiosRequestConfig, AxiosResponse } from 'axios';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { isTokenflightError } from '../errors/is-tokenflight-error.ts';
import { Authoriser, type BearerOptions } from '../resource/authoriser.ts';
import { type CancellationEvents, callerWait } from '../resource/caller-wait.ts';
import { runLast } from '../resource/interceptor-order.ts';
import { letGo } from '../resource/let-go.ts';
import { ObservedFetch } from '../resource/observed-fetch.ts';
import { hasAuthorization, withToken } from '../resource/plain-headers.ts';
import { RedirectGuard } from '../resource/redirect-guard.ts';
import { describeBody } from '../resource/sent-body.ts';
import { type ShownOutcome, shownOutcome } from '../resource/shown-request.ts';
import { verdictOfFields } from '../resource/verdict.ts';
import type { AccessToken } from '../values/access-token.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

/** The config of a single request, with what the token for it is asked for. */
export interface BearerRequestConfig extends AxiosRequestConfig {
  /** What it leaves out, the option `request` fills, and then the provider's own defaults. */
  readonly tokenRequest?: TokenRequest | undefined;
}

type Config = Parameters<AxiosAdapter>[0];

interface Outcome extends ShownOutcome<AxiosResponse> {
  readonly newer?: AccessToken | undefined; // the token for the replay
}

/** Those that put a token on; of all instances. */
const interceptors = new WeakSet<object>();

/**
 * Lets each request of an axios instance carry `Authorization: Bearer` with a good token.
 *
 * The token is attached below axios, around the request's `adapter`: after all interceptors, without a trace in its
 * config. After a 401 it is renewed and the request sent again once, if its body is in memory. An `Authorization` header
 * or `auth` that the caller set is left alone. A redirect to another origin goes on without the token. Rejects, besides
 * what axios rejects with: `OriginNotAllowedError`, `InsecureUrlError` (nothing was sent), and the token source's errors.
 *
 * @returns takes it off again, for the requests to come
 * @throws {ConfigurationError} naming the option
 * @example
 * attachBearer(api, tokens, { origins: 'https://tenant.example' });
 * await api.get('https://tenant.example/api/v2/users/me');
 */
export function attachBearer(instance: AxiosInstance, source: TokenSource, options: BearerOptions): () => void {
  const authoriser = new Authoriser(source, options);
  const bare = bareInstance(instance);
  const fetches = new ObservedFetch();
  const attached = new WeakSet<object>();

  const attaching = (below: Config['adapter']): AxiosAdapter => {
    let isReplay = false; // whoever repeats a failed request brings this adapter along in its config
    const attach: AxiosAdapter = async (config) => {
      // The data is transformed already, and the answer will be.
      const given = { ...config, adapter: below, transformRequest: [], transformResponse: [] } as AxiosRequestConfig;
      const url = addressOf(bare, config);
      // An address that cannot be read is axios's to complain about; it gets no token.
      const isOthers = !url || config.auth || url.username || url.password || hasAuthorization(config.headers);
      if (isOthers || !authoriser.admits(url)) return answerOf(await shownOutcome(bare.request(given), config));
      const { tokenRequest } = config as BearerRequestConfig;
      const method = (config.method ?? 'get').toUpperCase();

      const send = async (token: AccessToken): Promise<Outcome> => {
        const carried = authoriser.bearerHeaders(token) ?? (await authoriser.headers(token, url, method));
        const guard = new RedirectGuard(url, carried);
        const beforeRedirect: NonNullable<Config['beforeRedirect']> = (hop, ...details) =>
          guard.beforeHop(hop, () => config.beforeRedirect?.(hop, ...details));
        const env = { ...config.env, fetch: fetches.over(config.env?.fetch as typeof fetch) };
        const headers = withToken(config.headers, carried);
        const address: AxiosRequestConfig = { url: url.href, baseURL: '', params: undefined }; // what was checked
        const full = { ...given, ...address, headers, env, beforeRedirect };
        const outcome = await shownOutcome(bare.request(full), config);
        const { response } = outcome;
        const end = fetches.endOf(response?.request);
        const endUrl = end?.url || response?.request?.responseURL; // which a browser's own request has
        if (!response || guard.hasLeft || (endUrl && new URL(endUrl).origin !== url.origin)) return outcome;
        const verdict = verdictOfFields(response.status, response.headers);
        if (!authoriser.hears({ token, url }, verdict)) return outcome;
        const wasRedirected = guard.redirects > 0 || end?.redirected === true;
        const sent = { url, method, body: describeBody(config.data), token, tokenRequest, isReplay, wasRedirected };
        const judge = (signal?: AbortSignal) => authoriser.tokenForReplay(sent, verdict, signal);
        return { ...outcome, newer: await whileWanted(config, judge) };
      };
      const ask = (signal?: AbortSignal) => authoriser.getToken(signal, tokenRequest);
      const first = await send(authoriser.peekToken(undefined, tokenRequest) ?? (await whileWanted(config, ask)));
      if (first.newer === undefined) return answerOf(first);
      isReplay = true;
      letGo(first.response?.data);
      return answerOf(await send(first.newer));
    };
    attached.add(attach);
    return attach;
  };

  const intercept = <T extends Pick<Config, 'adapter'>>(config: T): T => {
    if (!attached.has(config.adapter as object)) config.adapter = attaching(config.adapter);
    return config;
  };
  const { request } = instance.interceptors;
  runLast(request, interceptors);
  interceptors.add(intercept);
  const id = request.use(intercept, undefined, { synchronous: true });
  return () => request.eject(id);
}

/** An instance that sends what it is given, and adds nothing. */
function bareInstance(instance: AxiosInstance): AxiosInstance {
  if (typeof instance?.create !== 'function') throw new ConfigurationError('instance', 'must be an axios instance');
  const bare = instance.create();
  for (const key of Object.keys(bare.defaults)) delete bare.defaults[key as keyof typeof bare.defaults];
  return bare;
}

function addressOf(bare: AxiosInstance, config: Config): URL | undefined {
  const { location } = globalThis as { location?: { href?: string } };
  const base = config.socketPath ? 'http://localhost' : location?.href; // as axios itself has it
  const { url, baseURL, params, paramsSerializer, allowAbsoluteUrls } = config; // all of it would be merged first
  const address = { url, baseURL, params, paramsSerializer, allowAbsoluteUrls } as AxiosRequestConfig;
  try {
    return new URL(bare.getUri(address), base);
  } catch {
    return undefined;
  }
}

function answerOf({ response, error }: Outcome): AxiosResponse {
  if (response === undefined || error !== undefined) throw error;
  return response;
}

/** Of what is thrown after a cancellation, axios makes a `CanceledError`. */
async function whileWanted<T>(config: Config, wait: (signal?: AbortSignal) => Promise<T>): Promise<T> {
  const { timeout, timeoutErrorMessage, transitional } = config;
  const [signal, cancellation] = [config.signal as AbortSignal, config.cancelToken as unknown as CancellationEvents];
  const timeoutError = async (): Promise<Error> => {
    const { AxiosError } = (await import('axios')).default;
    const code = transitional?.clarifyTimeoutError ? 'ETIMEDOUT' : 'ECONNABORTED';
    return new AxiosError(timeoutErrorMessage || `timeout of ${timeout}ms exceeded`, code, config);
  };
  return callerWait({ signal, timeoutMs: timeout, cancellation }, wait, timeoutError).catch((error: unknown) => {
    // Many callers may be given the same error, to each of which axios would add the stack of its caller.
    if (isTokenflightError(error)) Object.defineProperty(error, 'stack', { value: error.stack, writable: false });
    throw error;
  });
}
