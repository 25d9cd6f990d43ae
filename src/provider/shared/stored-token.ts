import type { StoreAnswer, StoredToken } from '../../store/token-store.ts';
import { type Clock, elapsedMs, type Instant } from '../../values/clock.ts';
import { type FreshnessPolicy, tokenWindows } from '../../values/freshness.ts';
import { isHeaderSafe } from '../../values/header-safe.ts';
import type { Acquisition } from '../attempt-token.ts';

/** How a token travels to other processes. */
export function storedToken(
  { grant, lifetimeMs }: Acquisition,
  id: string,
  isForced: boolean,
  policy: FreshnessPolicy,
): StoredToken {
  const { value, tokenType, scope, response, refreshInMs } = grant;
  const marginMs = lifetimeMs - tokenWindows(lifetimeMs, policy, 0, refreshInMs).usableForMs;
  return { id, value, tokenType, scope, response, lifetimeMs, refreshInMs, marginMs, isForced };
}

/** What a token has left, by the clocks of this process. */
export function remainingMs(clock: Clock, { asked, lifetimeMs }: Acquisition): number {
  return lifetimeMs - elapsedMs(clock, asked);
}

/**
 * A token that another process got, as if it had been asked for here. Only the time that it had left has travelled, and
 * it counts from before the store was asked: it never ends later here than there.
 */
export function adoptedToken(
  { token, remainingMs: leftMs }: NonNullable<StoreAnswer['token']>,
  { monotonicMs, wallMs }: Instant,
): Acquisition {
  const { value, tokenType, scope, response, lifetimeMs, refreshInMs, isForced } = token;
  const ageMs = Math.max(0, lifetimeMs - leftMs);
  return {
    grant: { value, tokenType, scope, response: Object.freeze({ ...response }), lifetimeMs, refreshInMs },
    lifetimeMs,
    asked: { monotonicMs: monotonicMs - ageMs, wallMs: wallMs - ageMs },
    isForced,
  };
}

/**
 * What a store said, if it can be what a process of ours put there.
 *
 * @throws what a broken store says is no token
 */
export function checkedAnswer(answer: StoreAnswer): StoreAnswer {
  const { token } = answer;
  if (token === undefined) return answer;
  const { id, value, tokenType, response, lifetimeMs } = token.token;
  const isToken =
    [id, value, tokenType].every((text) => typeof text === 'string' && isHeaderSafe(text)) &&
    [lifetimeMs, token.remainingMs].every((ms) => Number.isFinite(ms) && ms > 0) &&
    typeof response === 'object';
  if (!isToken) throw new Error('MALFORMED entry');
  return answer;
}
