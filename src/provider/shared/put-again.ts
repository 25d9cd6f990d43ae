import { type BackoffPolicy, equalJitterMs } from '../../values/backoff.ts';
import type { Slot } from '../slot.ts';
import { LEASE_MS } from './lease.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';

const PAUSES: BackoffPolicy = { minDelayMs: 250, maxDelayMs: 1_000 };
const MOST_TRIES = 4;

/**
 * What a leader brought and the store did not take when it came is put again a few times, for no longer than a lease:
 * else the others would wait until the lease is over, and then ask for another, or go on with what is spent. It cannot
 * take the place of a newer one, since the store takes a token from the holder of the lease only.
 *
 * @param isWanted false: it is good for nobody any more, so that it is not put, and its lease is given back
 * @param put what the store says, or that it cannot be asked
 * @returns what it said in the end. Never rejects
 */
export async function putAgain(
  access: StoreAccess,
  slot: Slot,
  lease: { readonly key: string; readonly owner: string },
  isWanted: () => boolean,
  put: () => Promise<boolean | typeof unavailable>,
): Promise<boolean | typeof unavailable> {
  const { endpoint, random } = access.config;
  const endMs = endpoint.clock.monotonicMs() + LEASE_MS;
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    await access.pause(equalJitterMs(tries, PAUSES, random()));
    if (!isWanted()) {
      await access.use('release', slot, (store) => store.release(lease.key, lease.owner));
      break;
    }
    if (endpoint.clock.monotonicMs() >= endMs) break;
    const wasPut = await put();
    if (wasPut !== unavailable) return wasPut;
  }
  return unavailable;
}
