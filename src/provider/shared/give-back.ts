import type { StoredFailure } from '../../store/token-store.ts';
import type { Slot } from '../slot.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';
import { tryAgain } from './try-again.ts';

/**
 * Gives a lease back. Where the store cannot be asked it does so again, behind: whoever tries next, this very process too,
 * would wait until it is over. Never rejects.
 *
 * @param failure what became of the attempt; its pause counts from now
 */
export async function giveBack(
  access: StoreAccess,
  slot: Slot,
  key: string,
  owner: string,
  failure?: StoredFailure,
): Promise<void> {
  const { endpoint, flights } = access.config;
  const failedMs = endpoint.clock.monotonicMs();
  const release = (): Promise<boolean | typeof unavailable> => {
    const passedMs = endpoint.clock.monotonicMs() - failedMs;
    const told = failure && { ...failure, pauseMs: Math.max(0, failure.pauseMs - passedMs) };
    return access.use('release', slot, (store) => store.release(key, owner, told));
  };
  if ((await release()) !== unavailable) return;
  const again = tryAgain(access, release);
  flights.keepAlive?.(again);
}
