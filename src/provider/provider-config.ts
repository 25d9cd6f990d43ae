import { ConfigurationError } from '../errors/configuration-error.ts';
import { type ClientAuthentication, clientSecretBasic } from '../protocol/client-authentication.ts';
import { clientCredentials } from '../protocol/grant.ts';
import type { TokenEndpoint } from '../protocol/token-endpoint.ts';
import { platformTransport } from '../protocol/transport.ts';
import type { BackoffPolicy } from '../values/backoff.ts';
import { systemClock } from '../values/clock.ts';
import type { FreshnessPolicy } from '../values/freshness.ts';
import { isSecureUrl } from '../values/secure-url.ts';
import type { TokenRequest } from '../values/token-request.ts';
import { checkTokenRequest, TOKEN_REQUEST_FIELDS } from './check-token-request.ts';
import { checkedFunction, checkedNumber, checkedObject, checkedString, checkNames } from './option-checks.ts';
import type { TokenProviderOptions } from './provider-options.ts';

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
  readonly random: () => number;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const YEAR_MS = 365 * DAY_MS;
const KNOWN_OPTIONS: ReadonlySet<string> = new Set<keyof TokenProviderOptions>([
  'tokenUrl',
  'clientId',
  'clientSecret',
  'clientAuthentication',
  'grant',
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
  const { scope, audience, resource, authorizationDetails, parameters } = options;
  const retry = backoff('retry', options.retry, { minDelayMs: 500, maxDelayMs: 5_000 }, ['retries']);
  const refreshBackoff = backoff('refreshBackoff', options.refreshBackoff, { minDelayMs: 1_000, maxDelayMs: 30_000 });
  return Object.freeze({
    endpoint: Object.freeze(tokenEndpoint(options)),
    defaults: structuredClone({ scope, audience, resource, authorizationDetails, parameters }) as TokenRequest,
    freshness: freshnessPolicy(options),
    timeoutMs: checkedNumber('timeoutMs', options.timeoutMs ?? 30_000, { min: 1, max: DAY_MS }),
    attemptTimeoutMs: checkedNumber('attemptTimeoutMs', options.attemptTimeoutMs ?? 10_000, { min: 1, max: DAY_MS }),
    retries: checkedNumber('retry.retries', options.retry?.retries ?? 3, { min: 0, max: 100, integer: true }),
    retry,
    refreshBackoff,
    coolDown: backoff('coolDown', options.coolDown, { minDelayMs: 500, maxDelayMs: 30_000 }),
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
    random: checkedFunction('random', options.random ?? Math.random),
  });
}

function tokenEndpoint(options: TokenProviderOptions): TokenEndpoint {
  const grant = options.grant ?? clientCredentials();
  checkedString('grant.grantType', checkedObject('grant', grant)['grantType']);
  const clock = options.clock ?? systemClock;
  for (const method of ['monotonicMs', 'wallMs', 'schedule'] as const) {
    checkedFunction(`clock.${method}`, checkedObject('clock', clock)[method]);
  }
  return {
    url: tokenUrl(options),
    clientAuthentication: clientAuthentication(options),
    grant,
    transport: checkedFunction('transport', options.transport ?? platformTransport),
    clock,
  };
}

function tokenUrl({ tokenUrl: given, allowInsecure = false }: TokenProviderOptions): URL {
  const text = given instanceof URL ? given.href : checkedString('tokenUrl', given);
  if (!URL.canParse(text)) throw new ConfigurationError('tokenUrl', 'must be an absolute URL');
  const url = new URL(text);
  if (typeof allowInsecure !== 'boolean') throw new ConfigurationError('allowInsecure', 'must be true or false');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new ConfigurationError('tokenUrl', 'must be an https URL');
  if (!isSecureUrl(url) && !allowInsecure) {
    throw new ConfigurationError('tokenUrl', 'must be https, or http on loopback, unless "allowInsecure" is set');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError('tokenUrl', 'must not hold user info: use "clientId" and "clientSecret"');
  }
  if (url.hash !== '') throw new ConfigurationError('tokenUrl', 'must not have a fragment (RFC 6749 §3.2)');
  return url;
}

function clientAuthentication(options: TokenProviderOptions): ClientAuthentication {
  const { clientId, clientSecret, clientAuthentication: given } = options;
  if (given !== undefined) {
    checkedObject('clientAuthentication', given);
    checkedString('clientAuthentication.method', given.method);
    checkedString('clientAuthentication.clientId', given.clientId);
    if (typeof given.authenticate !== 'function') {
      throw new ConfigurationError('clientAuthentication.authenticate', 'must be a function');
    }
    if (clientId !== undefined) throw new ConfigurationError('clientId', 'is part of "clientAuthentication" already');
    if (clientSecret !== undefined) throw new ConfigurationError('clientSecret', 'contradicts "clientAuthentication"');
    return given;
  }
  checkedString('clientId', clientId);
  if (typeof clientSecret !== 'function') checkedString('clientSecret', clientSecret);
  return clientSecretBasic(clientId as string, clientSecret as string);
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
  given: Partial<BackoffPolicy> | undefined,
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
