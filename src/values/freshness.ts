/**
 * What a cached token is good for. **fresh**: answer at once. **stale**: answer at once and refresh behind.
 * **expired**: a caller waits for a refresh.
 */
export type Freshness = 'fresh' | 'stale' | 'expired';

/** When tokens are refreshed and given up; every bound that is left out follows the token's own lifetime. */
export interface FreshnessPolicy {
  /** Share of the lifetime after which a token is refreshed behind, above 0 and below 1. */
  readonly refreshAt?: number | undefined;
  /** How long before its end a token is refreshed behind, in milliseconds. */
  readonly refreshWindowMs?: number | undefined;
  /** Largest share of the lifetime by which a refresh begins earlier, drawn once per token. */
  readonly refreshJitter: number;
  /** How long before its end a token is no longer used, in milliseconds. */
  readonly expiryMarginMs?: number | undefined;
}

/** Ages of one token, in milliseconds from when it was asked for. */
export interface TokenWindows {
  /** From this age on it is stale. Never above `usableForMs`. */
  readonly staleAfterMs: number;
  /** From this age on it is expired for us. */
  readonly usableForMs: number;
  /** From this age on it is expired for everybody. */
  readonly lifetimeMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * Lays a token's windows out.
 *
 * The refresh window is min(L/2, max(L/5, 5 min), 60 min) before the end of the lifetime L, so that an outage of
 * 4.4 minutes (99.99% a month) is outlived where L allows it, and begins earlier by `drawn` × `refreshJitter` × L,
 * so that a fleet does not refresh in step, but by no more than half of what comes before it: no token is born stale.
 * The margin is max(1 s, min(60 s, L/10)), at most L/2. A token is never first refreshed in the very moment it is
 * given up: min(5 s, a quarter of its use) are kept for that.
 *
 * @param lifetimeMs L, above 0
 * @param drawn this process's draw for this token, 0 to 1
 * @param refreshInMs the server's own advice (`refresh_in`), which wins
 */
export function tokenWindows(
  lifetimeMs: number,
  policy: FreshnessPolicy,
  drawn: number,
  refreshInMs?: number,
): TokenWindows {
  const marginMs = policy.expiryMarginMs ?? clamp(lifetimeMs / 10, SECOND, MINUTE);
  const usableForMs = lifetimeMs - Math.min(marginMs, lifetimeMs / 2);
  const plannedMs = plannedRefreshAgeMs(lifetimeMs, policy);
  const refreshAgeMs = refreshInMs ?? plannedMs - drawn * Math.min(policy.refreshJitter * lifetimeMs, plannedMs / 2);
  const latestMs = usableForMs - Math.min(5 * SECOND, usableForMs / 4);
  return { staleAfterMs: clamp(refreshAgeMs, 0, latestMs), usableForMs, lifetimeMs };
}

function plannedRefreshAgeMs(lifetimeMs: number, policy: FreshnessPolicy): number {
  if (policy.refreshAt !== undefined) return lifetimeMs * policy.refreshAt;
  const windowMs = policy.refreshWindowMs ?? Math.min(Math.max(lifetimeMs / 5, 5 * MINUTE), 60 * MINUTE);
  return lifetimeMs - Math.min(windowMs, lifetimeMs / 2);
}

/** The state of a token of the given age; on an edge it is already in the later state. */
export function freshness(ageMs: number, windows: TokenWindows): Freshness {
  if (ageMs < windows.staleAfterMs) return 'fresh';
  return ageMs < windows.usableForMs ? 'stale' : 'expired';
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
