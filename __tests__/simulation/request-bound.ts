import { COOL_DOWN, type PromisedPolicy, SECOND } from './promised-numbers.ts';

/** What happened to one key, as far as it can explain token requests. */
export class Occasions {
  /** Calls and looks. */
  calls = 0;
  forcedCalls = 0;
  failedAttempts = 0;
  /** Tokens that came to their margin, were rejected or were evicted, each counted once and only while current. */
  tokensGone = 0;
  evictions = 0;
  /** Of the tokens that are gone: those that were dropped because an API rejected them. */
  rejections = 0;
  /** The shortest life among the tokens so far. */
  shortestLifeMs: number = Number.POSITIVE_INFINITY;
}

/**
 * The most token requests that one key may ever have caused, whatever callers and the server do.
 *
 * A flight begins for one of four reasons, and each is rare in its own way:
 * - nobody has a token to go on with: once at the start, and once for each token that is gone, of which no more than one in
 *   `forcedRefreshIntervalMs` was rejected;
 * - by force: at most once in `forcedRefreshIntervalMs`, and once for each forced call;
 * - behind a stale token: at most once in a second, or in a quarter of a very short life, and once for each call;
 * - again after a failure: not before the least cool-down has passed, which its jitter may halve, and once for each
 *   attempt that failed.
 *
 * An eviction forgets when the last one by force and the last failure were, so it may bring one more of each.
 *
 * Each flight makes at most `retries` + 1 attempts, and each attempt one request more where the secret had changed.
 */
export function mostRequests(occasions: Occasions, elapsedMs: number, policy: PromisedPolicy): number {
  const { calls, forcedCalls, failedAttempts, tokensGone, evictions, rejections, shortestLifeMs } = occasions;
  const onceIn = (everyMs: number): number => 1 + Math.floor(elapsedMs / everyMs);
  const flights =
    1 +
    (tokensGone - rejections) +
    Math.min(rejections, onceIn(policy.forcedRefreshIntervalMs) + evictions) +
    Math.min(forcedCalls, onceIn(policy.forcedRefreshIntervalMs)) +
    Math.min(calls, onceIn(Math.min(SECOND, shortestLifeMs / 4))) +
    Math.min(failedAttempts, onceIn(COOL_DOWN.leastMs / 2)) +
    2 * evictions;
  return flights * (policy.retries + 1) * (policy.isSecretRotated ? 2 : 1);
}
