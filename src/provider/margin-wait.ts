import { ProviderClosedError } from '../errors/provider-closed-error.ts';
import type { AccessToken } from '../values/access-token.ts';
import { type Clock, elapsedMs, type Instant } from '../values/clock.ts';
import type { Flight } from './flight.ts';
import type { CachedToken, Slot } from './slot.ts';

const LONGEST_PATIENCE_MS = 2_000;

/** Whether it is known already that a better token is long in coming: its refresh has failed, or takes too long. */
export function isRefreshInTrouble(
  { failures, flightStartMs }: Pick<Slot, 'failures' | 'flightStartMs'>,
  nowMs: number,
): boolean {
  return failures > 0 || (flightStartMs !== undefined && nowMs - flightStartMs >= LONGEST_PATIENCE_MS);
}

/**
 * Waits for a flight with a token in hand that is given up for being near its end, but has not reached it. A flight
 * that fails, or takes longer than 2 s in all or half of what is left, is answered with that token: better the last
 * second of a good token than an error.
 */
export async function waitInMargin(
  clock: Clock,
  flight: Flight<AccessToken>,
  slot: Pick<Slot, 'flightStartMs' | 'rejectedId'>,
  cached: Pick<CachedToken, keyof Instant | 'token' | 'lifetimeMs'>,
  signal: AbortSignal | undefined,
): Promise<AccessToken> {
  const leftMs = (): number => cached.lifetimeMs - elapsedMs(clock, cached);
  // A machine that slept meanwhile, a stepped clock or a late timer may have brought the token to its end; and whoever it
  // is for may have rejected it, or its owner revoked it.
  const isGood = (): boolean => leftMs() > 0 && slot.rejectedId !== cached.token.id;
  let cancel = (): void => {};
  const patience = new Promise<AccessToken>((resolve) => {
    const fallBack = (): void => (isGood() ? resolve(cached.token) : flight.demand());
    const nowMs = clock.monotonicMs();
    const patienceMs = (slot.flightStartMs ?? nowMs) + LONGEST_PATIENCE_MS - nowMs;
    cancel = clock.schedule(fallBack, Math.min(patienceMs, leftMs() / 2));
  });
  try {
    return await flight.wait(signal, patience);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProviderClosedError || !isGood()) throw error;
    return cached.token;
  } finally {
    cancel();
  }
}
