import pRetry from 'p-retry';
import { isTokenflightError } from '../errors/is-tokenflight-error.ts';
import { TokenRequestTimeoutError } from '../errors/token-request-timeout-error.ts';
import { traceTokenRequest } from '../telemetry/diagnostics.ts';
import type { EventHub } from '../telemetry/event-hub.ts';
import type { RefreshReason } from '../telemetry/events.ts';
import { fullJitterMs } from '../values/backoff.ts';
import { shownAddress } from '../values/shown-address.ts';
import { type Acquisition, attemptToken } from './attempt-token.ts';
import { pause, withDeadline } from './deadline.ts';
import type { Flight } from './flight.ts';
import type { ProviderConfig } from './provider-config.ts';
import type { SharedTokens } from './shared/shared-tokens.ts';
import { sharedPauseMs } from './shared/stored-failure.ts';
import type { Slot } from './slot.ts';

/** What a token request is made with. */
export interface Surroundings {
  readonly config: ProviderConfig;
  readonly events: EventHub;
  /** The other processes, where tokens are shared with them. */
  readonly shared: SharedTokens | undefined;
}

/**
 * Gets a token from the token endpoint, or from another process: repeats attempts that failed for a passing reason, as
 * long as somebody has no token to go on with, within `timeoutMs` in all.
 */
export function acquireToken(
  { config, events, shared }: Surroundings,
  slot: Slot,
  flight: Flight<unknown>,
  reason: RefreshReason,
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
            (signal) => {
              const request = (): Promise<Acquisition> =>
                traceTokenRequest(traceOf(config, slot, attempt), () =>
                  attemptToken(config, slot, signal, events, shared?.access),
                );
              return shared === undefined ? request() : shared.attempt(slot, reason, signal, request);
            },
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
            const { retry, maxRetryAfterMs, random } = config;
            const askedMs =
              error.retryAfterMs === undefined
                ? undefined // else it wins, but at once is never right
                : Math.max(retry.minDelayMs, Math.min(error.retryAfterMs, maxRetryAfterMs));
            const delayMs = sharedPauseMs(error) ?? askedMs ?? fullJitterMs(attemptNumber, retry, random());
            if (clock.monotonicMs() - startedMs + delayMs >= config.timeoutMs) return false;
            if (events.isHeard) {
              events.emit({ type: 'refresh-retried', request: slot.summary, attempt: attemptNumber, delayMs, error });
            }
            await pause(clock, delayMs, total);
            return true;
          },
        },
      ),
  );
}

function traceOf({ endpoint }: ProviderConfig, slot: Slot, attempt: number): Parameters<typeof traceTokenRequest>[0] {
  const server = shownAddress(new URL(endpoint.server.address));
  return { server, grantType: endpoint.grant.grantType, request: slot.summary, attempt };
}
