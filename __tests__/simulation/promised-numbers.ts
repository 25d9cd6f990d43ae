/** A provider's options as one schedule has them, complete: what is left out by the schedule is the documented default. */
export interface PromisedPolicy {
  /** What `random` always returns: so every jitter is known in advance. */
  readonly draw: number;
  readonly retries: number;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly fallbackLifetimeMs: number;
  readonly forcedRefreshIntervalMs: number;
  readonly maxTokens: number;
  readonly refreshAt: number | undefined;
  readonly expiryMarginMs: number | undefined;
  /** Each time the client's secret is read, it is another one: so a refused one is worth reading again, once. */
  readonly isSecretRotated: boolean;
  /** How long that takes, in milliseconds. */
  readonly secretMs: number;
}

interface Bounds {
  readonly leastMs: number;
  readonly mostMs: number;
}

export const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const JITTER = 0.1;
const RETRY: Bounds = { leastMs: 500, mostMs: 5 * SECOND };
const BEHIND: Bounds = { leastMs: SECOND, mostMs: 30 * SECOND };
export const COOL_DOWN: Bounds = { leastMs: 500, mostMs: 30 * SECOND };
const LONGEST_RETRY_AFTER_MS = 60 * MINUTE;

const ceilingMs = (bounds: Bounds, failures: number): number =>
  Math.min(bounds.leastMs * 2 ** (failures - 1), bounds.mostMs);

/** Ages at which a token changes its state, in milliseconds. */
export interface PromisedAges {
  /** Refreshed behind from here on. */
  readonly staleMs: number;
  /** Given up from here on, save where nothing better can be had. */
  readonly marginMs: number;
  /** Never handed out from here on. */
  readonly endMs: number;
}

/** Written from design.md, "The life of a token", and the options' documentation. */
export function promisedAges(endMs: number, policy: PromisedPolicy, refreshInMs: number | undefined): PromisedAges {
  const keptBackMs = policy.expiryMarginMs ?? Math.max(SECOND, Math.min(MINUTE, endMs / 10));
  const marginMs = Math.max(endMs - keptBackMs, endMs / 2);
  const windowMs = Math.min(endMs / 2, Math.max(endMs / 5, 5 * MINUTE), 60 * MINUTE);
  const plannedMs = policy.refreshAt === undefined ? endMs - windowMs : endMs * policy.refreshAt;
  const wantedMs = refreshInMs ?? plannedMs - policy.draw * JITTER * endMs;
  const latestMs = marginMs - Math.min(5 * SECOND, marginMs / 4);
  return { staleMs: Math.max(0, Math.min(wantedMs, latestMs)), marginMs, endMs };
}

/** Why an attempt failed, as far as it matters for what comes next. */
export interface Failure {
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
}

/** Before an attempt is repeated in the same flight. */
export function promisedRetryDelayMs(attempts: number, { retryAfterMs }: Failure, policy: PromisedPolicy): number {
  return retryAfterMs === undefined ? policy.draw * ceilingMs(RETRY, attempts) : Math.max(retryAfterMs, RETRY.leastMs);
}

/** After a failed flight, before the next one; `leftMs` is what the current token still has. */
export function promisedPauseMs(failures: number, failure: Failure, leftMs: number, policy: PromisedPolicy): number {
  const askedMs =
    failure.retryAfterMs === undefined ? undefined : Math.min(failure.retryAfterMs, LONGEST_RETRY_AFTER_MS);
  if (leftMs > 0) {
    return Math.max(SECOND, askedMs ?? Math.min(policy.draw * ceilingMs(BEHIND, failures), leftMs / 4));
  }
  if (failure.retryable) {
    if (askedMs !== undefined) return Math.max(askedMs, COOL_DOWN.leastMs);
    return (ceilingMs(COOL_DOWN, failures) * (1 + policy.draw)) / 2;
  }
  const firstMs = COOL_DOWN.leastMs * (2 + 8 * policy.draw);
  return Math.max(askedMs ?? 0, Math.min(firstMs * 2 ** (failures - 1), COOL_DOWN.mostMs));
}

/** After a success, before the next refresh behind. */
export function promisedSpacingMs(endMs: number): number {
  return Math.max(endMs / 100, Math.min(SECOND, endMs / 4));
}

/** No caller with a token in its margin waits for a refresh that has been under way for so long. */
export const LONGEST_PATIENCE_MS: number = 2 * SECOND;

/** A caller with a token in its margin waits no longer than this for a better one. */
export function promisedPatienceMs(sinceBegunMs: number, leftMs: number): number {
  return Math.min(LONGEST_PATIENCE_MS - sinceBegunMs, leftMs / 2);
}
