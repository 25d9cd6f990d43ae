import type { BeforeRetryHook, Options } from 'ky';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { isTokenflightError } from '../errors/is-tokenflight-error.ts';
import { Authoriser, type BearerOptions } from '../resource/authoriser.ts';
import { BodyOfRequest } from '../resource/body-of-request.ts';
import { copyOfRequest } from '../resource/copy-of-request.ts';
import { fetchExchange } from '../resource/fetch-exchange.ts';
import { type BodyKeeper, SPENT } from '../resource/kept-body.ts';
import { describeBody } from '../resource/sent-body.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

/** What a single call may put into ky's `context`. */
export interface BearerContext {
  /** What the token for it is asked for. What this leaves out, the option `request` fills, and then the provider's own defaults. */
  readonly tokenRequest?: TokenRequest | undefined;
}

type Fetch = NonNullable<Options['fetch']>;

/** What is known of one call, through all of ky's repetitions. */
interface Call extends BearerContext {
  readonly isStream: boolean;
  isReplay: boolean;
}

/** ky 1 gives its hooks the request and the options one after the other, and the fetch among the latter. */
type BeforeRequestOfKy1 = (request: Request, options?: Options) => void;

/** From a fetch that attaches tokens to the one that it calls. */
const below = new WeakMap<Fetch, Fetch>();

/**
 * A function for `ky.extend`: each request carries `Authorization: Bearer` with a good token.
 *
 * The token is attached below ky, in its `fetch`, so that neither hooks nor errors show it, ky's `timeout` counts the
 * wait for it, and each of ky's repetitions has a good one. After a 401 it is renewed and the request sent again once,
 * if its body can be; this is none of ky's own retries. An `Authorization` header that the caller set is left alone. A
 * redirect to another origin goes on without the token. Rejects, besides what ky rejects with: `OriginNotAllowedError`
 * and `InsecureUrlError` (nothing was sent), and the errors of the token source, which ky does not retry.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * const api = ky.extend(bearerHooks(tokens, { origins: 'https://tenant.example' }));
 * await api('https://tenant.example/api/v2/users/me').json();
 */
export function bearerHooks(source: TokenSource, options: BearerOptions): (parent: Options) => Options {
  const authoriser = new Authoriser(source, options);

  const attaching = (next: Fetch, callFor: (request: Request) => Call): Fetch => {
    const attach: Fetch = async (input, init) => {
      const request = input instanceof Request ? input : new Request(input, init);
      const call = callFor(request);
      const { method, signal } = request;
      const headers = new Headers(request.headers);
      const body: BodyKeeper = call.isStream ? { keep: () => SPENT } : new BodyOfRequest(authoriser.replay, request);
      const hasAuthorization = headers.has('authorization');
      const outgoing = { ...call, url: new URL(request.url), method, hasAuthorization, signal, body };
      const exchange = fetchExchange(authoriser, outgoing);
      if (exchange === undefined) return next(request, init);
      let sent = request;
      return exchange.answer((again) => {
        if (again) call.isReplay = true;
        exchange.attachTo(headers);
        // ky's own stays without the token: its hooks and errors show it.
        sent = copyOfRequest(sent, { headers, ...(again?.body && { body: again.body }) });
        return next(sent, init);
      });
    };
    below.set(attach, next);
    return attach;
  };

  return ({ fetch: given = (input, init) => fetch(input, init) }) => {
    const callsByRequest = new WeakMap<Request, Call>();
    const callsBySignal = new WeakMap<AbortSignal, Call>(); // which ky 1 makes anew for each call
    const ours = attaching(given, (request) => callsByRequest.get(request) ?? callOf({}));

    // Only ky 2 calls it, with the options of one call: a fetch among them is put below as well.
    const init = (call: Options): void => {
      const known = callOf(call);
      call.fetch = attaching(call.fetch ?? given, () => known);
    };

    const beforeRequest: BeforeRequestOfKy1 = (request, call) => {
      if (call === undefined) return; // ky 2
      if (!leadsTo(ours, call.fetch)) {
        throw new ConfigurationError('fetch', 'would send without a token: give it to ky before bearerHooks');
      }
      const known = (call.signal && callsBySignal.get(call.signal)) ?? callOf(call);
      if (call.signal) callsBySignal.set(call.signal, known);
      callsByRequest.set(request, known);
    };

    const beforeRetry: BeforeRetryHook = ({ error }) => {
      if (isTokenflightError(error)) throw error; // ky 1 retries whatever it does not know
    };

    const hooks = { init: [init], beforeRequest: [beforeRequest as () => void], beforeRetry: [beforeRetry] };
    return { fetch: ours, hooks };
  };
}

function callOf({ body, context }: Options): Call {
  const { tokenRequest } = (context ?? {}) as BearerContext;
  return { tokenRequest, isStream: describeBody(body) === 'spent', isReplay: false };
}

function leadsTo(ours: Fetch, given: Fetch | undefined): boolean {
  for (let link = given; link !== undefined; link = below.get(link)) if (link === ours) return true;
  return false;
}
