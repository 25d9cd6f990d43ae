import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedBoolean, checkedFunction, checkedNumber, checkedObject, checkNames } from '../errors/option-checks.ts';
import type { TokenEndpoint } from '../protocol/token-endpoint.ts';
import type { TokenStore } from '../store/token-store.ts';
import type { BackoffPolicy } from '../values/backoff.ts';
import type { FreshnessPolicy } from '../values/freshness.ts';
import { copyOfTokenRequest, type TokenRequest } from '../values/token-request.ts';
import { checkTokenRequest, TOKEN_REQUEST_FIELDS } from './check-token-request.ts';
import { endpointConfig } from './endpoint-config.ts';
import { type Flights, sharedFlights } from './flight.ts';
import type { BackoffOptions, TokenProviderOptions } from './provider-options.ts';
import { SentRequests } from './sent-requests.ts';

/** A provider's options, checked, completed and frozen. */
export interface ProviderConfig {
  readonly endpoint: TokenEndpoint;
  readonly defaults: TokenRequest;
  readonly freshness: FreshnessPolicy;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly retries: number;
  readonly retry: BackoffPolicy;
  readonly refreshBackoff: BackoffPolicy;
  readonly coolDown: BackoffPolicy;
  readonly maxRetryAfterMs: number;
  readonly fallbackLifetimeMs: number;
  readonly forcedRefreshIntervalMs: number;
  readonly maxTokens: number;
  readonly rejectNarrowerScope: boolean;
  readonly store: TokenStore | undefined;
  readonly storeTimeoutMs: number;
  readonly random: () => number;
  readonly flights: Flights;
  /** Those that must be seen through. */
  readonly sentRequests: SentRequests;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const YEAR_MS = 365 * DAY_MS;
const KNOWN_OPTIONS: ReadonlySet<string> = new Set<keyof TokenProviderOptions>([
  'tokenUrl',
  'issuer',
  'revocationUrl',
  'certificateBoundTokens',
  'clientId',
  'clientSecret',
  'clientAuthentication',
  'grant',
  'dpop',
  'rejectNarrowerScope',
  'transport',
  'timeoutMs',
  'attemptTimeoutMs',
  'retry',
  'refreshAt',
  'refreshWindowMs',
  'refreshJitter',
  'expiryMarginMs',
  'fallbackLifetimeMs',
  'refreshBackoff',
  'coolDown',
  'maxRetryAfterMs',
  'forcedRefreshIntervalMs',
  'maxTokens',
  'store',
  'storeTimeoutMs',
  'flights',
  'allowInsecure',
  'clock',
  'random',
  ...TOKEN_REQUEST_FIELDS,
]);

/**
 * Checks every option and fills in what is left out. The caller's object is read once and never kept.
 *
 * @throws {ConfigurationError} naming the first option that will not do
 */
export function providerConfig(options: TokenProviderOptions): ProviderConfig {
  checkedObject('options', options);
  checkNames('', options, KNOWN_OPTIONS);
  checkTokenRequest(options, false);
  const retry = backoff('retry', options.retry, { minDelayMs: 500, maxDelayMs: 5_000 }, ['retries']);
  const coolDown = backoff('coolDown', options.coolDown, { minDelayMs: 500, maxDelayMs: 30_000 });
  const random = checkedFunction('random', options.random ?? Math.random);
  const attemptTimeoutMs = checkedNumber('attemptTimeoutMs', options.attemptTimeoutMs ?? 10_000, {
    min: 1,
    max: DAY_MS,
  });
  const refreshBackoff = backoff('refreshBackoff', options.refreshBackoff, { minDelayMs: 1_000, maxDelayMs: 30_000 });
  const flights = flightsOf(options);
  const endpoint = endpointConfig(options, { attemptTimeoutMs, coolDown, random, flights });
  return Object.freeze({
    endpoint,
    defaults: copyOfTokenRequest(options),
    freshness: freshnessPolicy(options),
    timeoutMs: checkedNumber('timeoutMs', options.timeoutMs ?? 30_000, { min: 1, max: DAY_MS }),
    attemptTimeoutMs,
    retries: checkedNumber('retry.retries', options.retry?.retries ?? 3, { min: 0, max: 100, integer: true }),
    retry,
    refreshBackoff,
    coolDown,
    maxRetryAfterMs: checkedNumber('maxRetryAfterMs', options.maxRetryAfterMs ?? 3_600_000, { min: 0, max: DAY_MS }),
    fallbackLifetimeMs: checkedNumber('fallbackLifetimeMs', options.fallbackLifetimeMs ?? 300_000, {
      min: 1,
      max: YEAR_MS,
    }),
    forcedRefreshIntervalMs: checkedNumber('forcedRefreshIntervalMs', options.forcedRefreshIntervalMs ?? 5_000, {
      min: 0,
      max: DAY_MS,
    }),
    maxTokens: checkedNumber('maxTokens', options.maxTokens ?? 10_000, { min: 1, max: 2 ** 24, integer: true }),
    rejectNarrowerScope: checkedBoolean('rejectNarrowerScope', options.rejectNarrowerScope ?? false),
    store: tokenStore(options),
    storeTimeoutMs: checkedNumber('storeTimeoutMs', options.storeTimeoutMs ?? 500, { min: 1, max: DAY_MS }),
    random,
    flights,
    sentRequests: new SentRequests(endpoint.clock, attemptTimeoutMs, flights),
  });
}

function tokenStore({ store, grant }: TokenProviderOptions): TokenStore | undefined {
  if (store === undefined) return undefined;
  for (const method of ['look', 'extend', 'put', 'release', 'invalidate', 'subscribe', 'close'] as const) {
    checkedFunction(`store.${method}`, checkedObject('store', store)[method]);
  }
  if (grant !== undefined && grant.identity === undefined && grant.subject === undefined) {
    throw new ConfigurationError('grant.identity', 'is required with "store": it tells whose tokens are shared');
  }
  return store;
}

function flightsOf({ flights = sharedFlights }: TokenProviderOptions): Flights {
  checkedFunction('flights.begin', checkedObject('flights', flights)['begin']);
  if (flights.keepAlive !== undefined) checkedFunction('flights.keepAlive', flights.keepAlive);
  return flights;
}

function freshnessPolicy(options: TokenProviderOptions): FreshnessPolicy {
  const { refreshAt, refreshWindowMs, refreshJitter = 0.1, expiryMarginMs } = options;
  if (refreshAt !== undefined) checkedNumber('refreshAt', refreshAt, { min: 0, max: 1, open: true });
  if (refreshWindowMs !== undefined) checkedNumber('refreshWindowMs', refreshWindowMs, { min: 0, max: YEAR_MS });
  if (refreshAt !== undefined && refreshWindowMs !== undefined) {
    throw new ConfigurationError('refreshWindowMs', 'contradicts "refreshAt"');
  }
  if (expiryMarginMs !== undefined) checkedNumber('expiryMarginMs', expiryMarginMs, { min: 0, max: YEAR_MS });
  checkedNumber('refreshJitter', refreshJitter, { min: 0, max: 0.5 });
  return Object.freeze({ refreshAt, refreshWindowMs, refreshJitter, expiryMarginMs });
}

function backoff(
  option: string,
  given: BackoffOptions | undefined,
  defaults: BackoffPolicy,
  further: readonly string[] = [],
): BackoffPolicy {
  if (given !== undefined) {
    checkNames(option, checkedObject(option, given), new Set(['minDelayMs', 'maxDelayMs', ...further]));
  }
  const minDelayMs = checkedNumber(`${option}.minDelayMs`, given?.minDelayMs ?? defaults.minDelayMs, {
    min: 0,
    max: DAY_MS,
  });
  const maxDelayMs = checkedNumber(
    `${option}.maxDelayMs`,
    given?.maxDelayMs ?? Math.max(minDelayMs, defaults.maxDelayMs),
    { min: minDelayMs, max: DAY_MS },
  );
  return Object.freeze({ minDelayMs, maxDelayMs });
}
