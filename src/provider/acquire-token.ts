import pRetry from 'p-retry';
import { TokenRequestRejectedError } from '../errors/token-request-rejected-error.ts';
import { TokenRequestTimeoutError } from '../errors/token-request-timeout-error.ts';
import { TokenResponseError } from '../errors/token-response-error.ts';
import { isTokenflightError } from '../errors/tokenflight-error.ts';
import type { TokenGrant } from '../protocol/token-answer.ts';
import { type PreparedRequest, prepareTokenRequest, sendTokenRequest } from '../protocol/token-endpoint.ts';
import { traceTokenRequest } from '../telemetry/diagnostics.ts';
import type { EventHub } from '../telemetry/event-hub.ts';
import { fullJitterMs } from '../values/backoff.ts';
import { elapsedMs, type Instant, readClock } from '../values/clock.ts';
import { pause, withDeadline } from './deadline.ts';
import type { Flight } from './flight.ts';
import type { ProviderConfig } from './provider-config.ts';
import type { Slot } from './slot.ts';

/** What a token endpoint granted, and when it was asked. */
export interface Acquisition {
  readonly grant: TokenGrant;
  /** The grant's own, or the fallback. */
  readonly lifetimeMs: number;
  readonly asked: Instant;
}

/**
 * Gets a token from the token endpoint: repeats attempts that failed for a passing reason, as long as somebody has no
 * token to go on with, within `timeoutMs` in all.
 */
export function acquireToken(
  config: ProviderConfig,
  slot: Slot,
  flight: Flight,
  events: EventHub,
): Promise<Acquisition> {
  const { clock } = config.endpoint;
  const startedMs = clock.monotonicMs();
  let lastError: unknown;
  const timeout = (option: 'timeoutMs' | 'attemptTimeoutMs'): TokenRequestTimeoutError =>
    new TokenRequestTimeoutError(option, config[option], { nowMs: () => clock.monotonicMs(), cause: lastError });

  return withDeadline(
    clock,
    config.timeoutMs,
    flight.signal,
    () => timeout('timeoutMs'),
    (total) =>
      pRetry(
        (attempt) =>
          withDeadline(
            clock,
            config.attemptTimeoutMs,
            total,
            () => timeout('attemptTimeoutMs'),
            (signal) =>
              traceTokenRequest(traceOf(config, slot, attempt), () => attemptOnce(config, slot, signal, events)),
          ),
        {
          retries: config.retries,
          // p-retry counts and decides; the waiting is ours, by the provider's clock, jitter and Retry-After.
          minTimeout: 0,
          factor: 1,
          randomize: false,
          signal: total,
          async shouldRetry({ error, attemptNumber }) {
            lastError = error;
            if (!isTokenflightError(error) || !error.retryable || !flight.isDemanded) return false;
            const delayMs = error.retryAfterMs ?? fullJitterMs(attemptNumber, config.retry, config.random());
            if (clock.monotonicMs() - startedMs + delayMs >= config.timeoutMs) return false;
            if (events.isHeard) {
              events.emit({ type: 'refresh-retried', request: slot.summary, attempt: attemptNumber, delayMs, error });
            }
            await pause(clock, delayMs, total, flight.isAwaited);
            return true;
          },
        },
      ),
  );
}

/** One attempt. `invalid_client` is asked again at once if reading the credential again gives another one. */
async function attemptOnce(
  config: ProviderConfig,
  slot: Slot,
  signal: AbortSignal,
  events: EventHub,
): Promise<Acquisition> {
  const { endpoint } = config;
  const prepared = await prepareTokenRequest(endpoint, slot.request);
  try {
    return await sendOnce(config, prepared, signal);
  } catch (error) {
    if (!(error instanceof TokenRequestRejectedError) || error.error !== 'invalid_client') throw error;
    if (!endpoint.clientAuthentication.rereads) throw error;
    const reread = await prepareTokenRequest(endpoint, slot.request);
    const isSame =
      reread.body === prepared.body && reread.headers.get('authorization') === prepared.headers.get('authorization');
    if (isSame) throw error;
    if (events.isHeard) events.emit({ type: 'credential-reread', request: slot.summary });
    return sendOnce(config, reread, signal);
  }
}

/** Sends once. A token that is over when it arrives is a failed attempt, not a token. */
async function sendOnce(config: ProviderConfig, prepared: PreparedRequest, signal: AbortSignal): Promise<Acquisition> {
  const { endpoint, fallbackLifetimeMs } = config;
  signal.throwIfAborted(); // while a credential was read; not every transport looks before it sends
  const asked = readClock(endpoint.clock);
  const grant = await sendTokenRequest(endpoint, prepared, signal);
  const lifetimeMs = grant.lifetimeMs ?? fallbackLifetimeMs;
  if (elapsedMs(endpoint.clock, asked) < lifetimeMs) return { grant, lifetimeMs, asked };
  const details = { nowMs: () => endpoint.clock.monotonicMs(), retryable: true };
  throw new TokenResponseError('a token that expired on its way', { status: 200 }, details);
}

function traceOf({ endpoint }: ProviderConfig, slot: Slot, attempt: number): Parameters<typeof traceTokenRequest>[0] {
  return { tokenUrl: endpoint.url.href, grantType: endpoint.grant.grantType, request: slot.summary, attempt };
}
