import type { ClientAuthentication } from '../protocol/client-authentication.ts';
import type { DpopProver } from '../protocol/dpop.ts';
import type { Grant } from '../protocol/grant.ts';
import type { Secret } from '../protocol/secret.ts';
import type { Transport } from '../protocol/transport.ts';
import type { TokenStore } from '../store/token-store.ts';
import type { Clock } from '../values/clock.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { Flights } from './flight.ts';

/** Bounds of growing pauses, with full jitter. */
export interface BackoffOptions {
  /** Ceiling of the first pause, in milliseconds, 0 to 86,400,000; it doubles each time. */
  readonly minDelayMs?: number | undefined;
  /** No pause is longer, in milliseconds, `minDelayMs` to 86,400,000. */
  readonly maxDelayMs?: number | undefined;
}

/** Retries of a token request that callers wait for. */
export interface RetryOptions extends BackoffOptions {
  /** Attempts after the first one, 0 to 100. Default: 3. */
  readonly retries?: number | undefined;
}

/**
 * All options of a provider. The fields of {@link TokenRequest} (`scope`, `audience`, `resource`, …) are what every
 * token is asked for unless a single request says otherwise.
 *
 * An option that is missing, malformed or unknown is refused with a `ConfigurationError` that names it.
 */
export interface TokenProviderOptions extends TokenRequest {
  /** The token endpoint: https, or http on loopback; no user info, no fragment. Required, unless `issuer` is given. */
  readonly tokenUrl?: string | URL | undefined;
  /**
   * The authorization server's issuer identifier, in place of `tokenUrl`: its endpoints are found by discovery (OpenID
   * Connect Discovery, RFC 8414), and looked up again every hour, in the background.
   */
  readonly issuer?: string | URL | undefined;
  /** Where tokens are revoked (RFC 7009). Default: what discovery found. */
  readonly revocationUrl?: string | URL | undefined;
  /**
   * Binds tokens to the client certificate of the `transport` (RFC 8705 §3), however the client authenticates, by asking
   * at the server's `mtls_endpoint_aliases` (§5). Needs `issuer`. Default: false; `tlsClientAuth(…)` and
   * `selfSignedTlsClientAuth(…)` always use them.
   */
  readonly certificateBoundTokens?: boolean | undefined;
  /** The client's id. Required, unless `clientAuthentication` is given. */
  readonly clientId?: string | undefined;
  /**
   * The client's secret, or a function that reads it for each attempt; sent as `client_secret_basic`. After
   * `invalid_client` a function is asked once more at once, so that a rotated secret needs no restart.
   * Line breaks at its end, as files have them, are removed.
   */
  readonly clientSecret?: Secret | undefined;
  /** Another way to authenticate: `clientSecretPost(…)`, `none(…)`, … In place of `clientId` and `clientSecret`. */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /** How tokens are got. Default: `clientCredentials()`. */
  readonly grant?: Grant | undefined;
  /** `dpop()`: tokens that are bound to a key (RFC 9449). Default: bearer tokens. */
  readonly dpop?: DpopProver | undefined;
  /** Whether a token whose granted `scope` lacks one that was asked for is an error. Default: false, see `token.scope`. */
  readonly rejectNarrowerScope?: boolean | undefined;
  /** Sends token requests: any `fetch`; it is told not to follow redirects. Default: the platform's fetch. */
  readonly transport?: Transport | undefined;

  /** Longest time for a token request with all its retries, in milliseconds, 1 to 86,400,000. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Longest time for one attempt, in milliseconds, 1 to 86,400,000. Default: 10,000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Retries of a token request that callers wait for. Default: 3, with pauses of up to 500 to 5,000. */
  readonly retry?: RetryOptions | undefined;

  /**
   * Share of its lifetime after which a token is refreshed in the background, above 0 and below 1: 0.8 of an hour is after
   * 48 minutes. In place of `refreshWindowMs`, which has the default.
   */
  readonly refreshAt?: number | undefined;
  /**
   * How long before its end a token is refreshed in the background, in milliseconds, 0 to a year; never more than half of
   * its lifetime. Not together with `refreshAt`.
   * Default: a fifth of the lifetime, at least 5 minutes and at most 60.
   */
  readonly refreshWindowMs?: number | undefined;
  /** Largest share of the lifetime by which a refresh begins earlier, drawn once per token, 0 to 0.5. Default: 0.1. */
  readonly refreshJitter?: number | undefined;
  /**
   * How long before its end a token is only a reserve, in milliseconds, 0 to a year; never more than half of its lifetime.
   * Callers then wait for its refresh, for 2 s at most and half of what is left, and get the old one if that hangs or fails.
   * Default: a tenth of the lifetime, at least 1 second and at most 60.
   */
  readonly expiryMarginMs?: number | undefined;
  /** Lifetime of a token whose answer names none, in milliseconds, 1 to a year. Default: 300,000. */
  readonly fallbackLifetimeMs?: number | undefined;

  /**
   * Pauses between background refreshes while they fail, with full jitter, never below 1 second and never above a
   * quarter of the time that the token has left. Default: 1,000 to 30,000.
   */
  readonly refreshBackoff?: BackoffOptions | undefined;
  /**
   * How long after a failure callers get the same error without a request, while there is no valid token; growing and
   * jittered. A final refusal (`invalid_client`, …) is remembered 2 to 10 times `minDelayMs` the first time. With a `store`
   * at most 5,000, unless the server sent `Retry-After`. Default: 500 to 30,000.
   */
  readonly coolDown?: BackoffOptions | undefined;
  /** Longest `Retry-After` that is honoured, in milliseconds, 0 to 86,400,000. Default: 3,600,000. */
  readonly maxRetryAfterMs?: number | undefined;
  /**
   * Shortest time from one forced refresh of a token, by `forceRefresh` or after a rejection, to the next, in milliseconds,
   * 0 to 86,400,000. Default: 5,000.
   */
  readonly forcedRefreshIntervalMs?: number | undefined;
  /**
   * How many distinct tokens are kept; the least recently used one is evicted. Of those evicted, as many failures are still
   * remembered, so that a cool-down holds. 1 to 16,777,216. Default: 10,000.
   */
  readonly maxTokens?: number | undefined;

  /**
   * Shares tokens with other processes: `redisStore(…)`, or any other {@link TokenStore}. While it cannot be used, the
   * process gets its tokens by itself. Default: none.
   */
  readonly store?: TokenStore | undefined;
  /** Longest time for one operation of the store, in milliseconds, 1 to 86,400,000. Default: 500. */
  readonly storeTimeoutMs?: number | undefined;

  /**
   * How concurrent callers wait for the same token request. Cloudflare Workers need `perRequest({ waitUntil })` of
   * `tokenflight/workers`. Default: they share one promise.
   */
  readonly flights?: Flights | undefined;

  /** Allow plain http to hosts that are not loopback. Default: false. */
  readonly allowInsecure?: boolean | undefined;
  /** Time and timers, to be replaced in tests. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Random numbers from 0 to 1, for jitter, to be replaced in tests. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}
