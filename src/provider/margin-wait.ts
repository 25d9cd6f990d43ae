import { ProviderClosedError } from '../errors/provider-closed-error.ts';
import type { AccessToken } from '../values/access-token.ts';
import { type Clock, elapsedMs } from '../values/clock.ts';
import type { Flight } from './flight.ts';
import type { CachedToken } from './slot.ts';

const LONGEST_PATIENCE_MS = 2_000;

/**
 * Waits for a flight with a token in hand that is given up for being near its end, but has not reached it. A flight
 * that fails, or takes longer than 2 s or half of what is left, is answered with that token: better the last second of
 * a good token than an error.
 */
export async function waitInMargin(
  clock: Clock,
  flight: Flight<AccessToken>,
  cached: CachedToken,
  signal: AbortSignal | undefined,
): Promise<AccessToken> {
  const leftMs = (): number => cached.lifetimeMs - elapsedMs(clock, cached);
  let cancel = (): void => {};
  const patience = new Promise<AccessToken>((resolve) => {
    // A machine that slept meanwhile, a stepped clock or a late timer may have brought the token to its end.
    const fallBack = (): void => {
      if (leftMs() > 0) resolve(cached.token);
    };
    cancel = clock.schedule(fallBack, Math.min(LONGEST_PATIENCE_MS, leftMs() / 2));
  });
  try {
    return await flight.wait(signal, patience);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProviderClosedError || leftMs() <= 0) throw error;
    return cached.token;
  } finally {
    cancel();
  }
}
