import type { Slot } from '../slot.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';
import { tryAgain } from './try-again.ts';

/**
 * Puts again what a leader brought and the store did not take when it came: else the others would ask for another once the
 * lease is over, or go on with what is spent. It cannot take the place of a newer one, since the store takes a token from
 * the holder of the lease only.
 *
 * @param isWanted false: it is good for nobody any more, so that it is not put, and its lease is given back
 * @param put what the store says, or that it cannot be asked
 * @returns false: the lease is another's by now. Never rejects
 */
export function putAgain(
  access: StoreAccess,
  slot: Slot,
  lease: { readonly key: string; readonly owner: string },
  isWanted: () => boolean,
  put: () => Promise<boolean | typeof unavailable>,
): Promise<boolean | typeof unavailable> {
  return tryAgain(access, async () => {
    if (isWanted()) return put();
    const released = await access.use('release', slot, (store) => store.release(lease.key, lease.owner));
    return released === unavailable ? unavailable : true;
  });
}
