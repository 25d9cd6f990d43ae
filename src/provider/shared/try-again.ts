import { type BackoffPolicy, equalJitterMs } from '../../values/backoff.ts';
import { LEASE_MS } from './lease.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';

const PAUSES: BackoffPolicy = { minDelayMs: 250, maxDelayMs: 1_000 };
const MOST_TRIES = 4;

/**
 * What the holder of a lease has to tell a store that could not be asked is told a few times more, for no longer than a
 * lease: else the others would wait until that is over. Never rejects.
 *
 * @returns what the store said in the end
 */
export async function tryAgain<T>(
  access: StoreAccess,
  run: () => Promise<T | typeof unavailable>,
): Promise<T | typeof unavailable> {
  const { endpoint, random } = access.config;
  const endMs = endpoint.clock.monotonicMs() + LEASE_MS;
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    await access.pause(equalJitterMs(tries, PAUSES, random()));
    if (endpoint.clock.monotonicMs() >= endMs) break;
    const answer = await run();
    if (answer !== unavailable) return answer;
  }
  return unavailable;
}
