import type { Middleware } from 'openapi-fetch';
import { Authoriser, type BearerOptions } from '../resource/authoriser.ts';
import { BodyOfRequest } from '../resource/body-of-request.ts';
import { copyOfRequest } from '../resource/copy-of-request.ts';
import { type FetchExchange, fetchExchange } from '../resource/fetch-exchange.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

/** What a single call may add to its options; openapi-fetch writes it onto the `Request` that it makes. */
export interface BearerCall {
  /** What the token for it is asked for. What this leaves out, the option `request` fills, and then the provider's own defaults. */
  readonly tokenRequest?: TokenRequest | undefined;
}

interface BegunCall {
  readonly exchange: FetchExchange;
  readonly request: Request;
  /** Another middleware may put its own in place of it. */
  readonly authorization: string | null;
}

/** What is set of openapi-fetch's `Middleware`. */
export type BearerMiddleware = Required<Extract<Middleware, { onRequest: unknown }>>;

/**
 * A middleware for an openapi-fetch client: each request carries `Authorization: Bearer` with a good token.
 *
 * After a 401 the token is renewed and the request sent again once, through the client's own `fetch`, if its body can
 * be. An `Authorization` header that the caller set is left alone. Middlewares that are used before this one see one
 * request and the last answer, those used after it see the token. A call rejects, besides what openapi-fetch rejects
 * with: `OriginNotAllowedError` and `InsecureUrlError` (nothing was sent), and the errors of the token source.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * const api = createClient<paths>({ baseUrl: 'https://tenant.example/api/v2' });
 * api.use(bearerMiddleware(tokens, { origins: 'https://tenant.example' }));
 */
export function bearerMiddleware(source: TokenSource, options: BearerOptions): BearerMiddleware {
  const authoriser = new Authoriser(source, options);
  // The options are made anew for each call, and all its middlewares are given the same.
  const calls = new WeakMap<object, BegunCall>();
  return {
    async onRequest({ request, options: call }) {
      const { tokenRequest } = request as BearerCall;
      const { url, method, headers, signal } = request;
      const body = new BodyOfRequest(authoriser.replay, request);
      const hasAuthorization = headers.has('authorization');
      const outgoing = { url: new URL(url), method, hasAuthorization, signal, tokenRequest, body };
      const exchange = fetchExchange(authoriser, outgoing);
      if (exchange === undefined) return;
      await exchange.begin();
      exchange.attachTo(request.headers); // a copy would lose what the client wrote onto its Request
      calls.set(call, { exchange, request, authorization: request.headers.get('authorization') });
    },
    async onResponse({ request, response, options: call }) {
      const begun = calls.get(call);
      if (begun === undefined) return undefined;
      const { exchange } = begun;
      try {
        if (request.headers.get('authorization') !== begun.authorization) return undefined;
        // Another middleware may have put a request of its own in place of the one whose body was kept.
        const isOtherBody = request !== begun.request && request.body !== null;
        const kept = await exchange.replayOf(response, request, isOtherBody);
        if (kept === undefined) return undefined;
        const headers = new Headers(request.headers);
        exchange.attachTo(headers);
        const again = copyOfRequest(request, { headers, ...(kept.body && { body: kept.body }) });
        for (const key of Object.keys(request)) Object.assign(again, { [key]: request[key as keyof Request] });
        const answer = await call.fetch(again);
        await exchange.replayOf(answer, again);
        return ownResponse(answer);
      } finally {
        exchange.end();
      }
    },
    onError({ options: call }) {
      calls.get(call)?.exchange.end();
    },
  };
}

/** From a middleware, openapi-fetch takes no answer of another package's fetch. */
function ownResponse(answer: object): Response {
  return answer instanceof Response ? answer : new Response((answer as Response).body, answer as Response);
}
