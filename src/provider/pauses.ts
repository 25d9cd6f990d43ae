import { type BackoffPolicy, equalJitterMs, fullJitterMs } from '../values/backoff.ts';

// "1 to 5 seconds" in units of the cool-down's least pause, half a second by default.
const FINAL_SHORTEST = 2;
const FINAL_LONGEST = 10;
const LEAST_SPACING_MS = 1_000;

/**
 * How long a failure is remembered while no valid token is cached. A passing one is tried again soon; a final one
 * would only annoy a server that may lock the client out.
 *
 * @param failures how many there were in a row, from 1
 * @param drawn a fresh random number, 0 to 1
 * @param askedMs what the server asked for (`Retry-After`): it wins, but a request per call is never right, and it makes
 *   no final failure a passing one
 */
export function coolDownMs(
  failures: number,
  isRetryable: boolean,
  policy: BackoffPolicy,
  drawn: number,
  askedMs?: number,
): number {
  if (isRetryable) {
    return askedMs === undefined ? equalJitterMs(failures, policy, drawn) : Math.max(askedMs, policy.minDelayMs);
  }
  const first = policy.minDelayMs * (FINAL_SHORTEST + (FINAL_LONGEST - FINAL_SHORTEST) * drawn);
  const ownMs = Math.min(policy.maxDelayMs, first * 2 ** Math.min(failures - 1, 60));
  return Math.max(askedMs ?? 0, ownMs);
}

/**
 * How long a refresh behind pauses after a failure: full jitter, capped at a quarter of what the token has left, but
 * never below a second. The parameters are those of {@link coolDownMs}.
 */
export function refreshPauseMs(
  failures: number,
  leftMs: number,
  policy: BackoffPolicy,
  drawn: number,
  askedMs?: number,
): number {
  const pauseMs = askedMs ?? Math.min(fullJitterMs(failures, policy, drawn), leftMs / 4);
  return Math.max(LEAST_SPACING_MS, pauseMs);
}

/**
 * How long after a success no refresh behind begins, whatever the server advises: a token that is born stale must not
 * cause a request per call. A hundredth of the lifetime, at least 1 s, but a quarter of a very short life.
 */
export function refreshSpacingMs(lifetimeMs: number): number {
  return Math.max(lifetimeMs / 100, Math.min(LEAST_SPACING_MS, lifetimeMs / 4));
}
