import type { KeptSecret, SecretShelf } from '../../protocol/grant.ts';
import type { StoredToken } from '../../store/token-store.ts';
import { tokenId } from '../../values/digest.ts';
import { canonicalTokenRequest } from '../../values/token-request.ts';
import type { Slot } from '../slot.ts';
import { giveBack } from './give-back.ts';
import { LEASE_MS } from './lease.ts';
import { putAgain } from './put-again.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';

/** A refresh token that nobody has rotated for so long is forgotten. */
const KEPT_FOR_MS = 90 * 24 * 60 * 60 * 1_000;

/** What each process kept last, in the store or not: an earlier one is spent. */
const newest = new WeakMap<StoreAccess, string>();

/**
 * The place in the store for what a grant spends and gets anew, such as a refresh token: read and replaced under one
 * lease for all processes and all of the client's token requests.
 *
 * @param signal ends the wait for the lease
 */
export function sharedSecret(access: StoreAccess, slot: Slot, signal: AbortSignal): SecretShelf {
  const owner = crypto.randomUUID();
  const keyOf = (): Promise<string> => access.keyOf(canonicalTokenRequest({}), undefined, ['secret of the grant']);
  let isHeld = false;

  return {
    async hold(run) {
      const key = await keyOf();
      const kept = await access.untilFound<KeptSecret | undefined>(key, signal, async () => {
        const answer = await access.look(slot, key, { owner, leaseMs: LEASE_MS, always: true });
        if (answer === unavailable) return { found: undefined };
        if (answer.lease !== 'held') return { leaseMs: answer.lease?.remainingMs ?? 0 };
        isHeld = true;
        return { found: answer.token && keptSecret(answer.token.token) };
      });
      if (!isHeld) return run(kept);
      // What was sent is seen through whoever waits for it, and the lease is kept as long.
      const letGo = access.keepLease(slot, key, owner, new AbortController().signal, () =>
        access.tell(slot, { type: 'store-lease-lost' }),
      );
      try {
        return await run(kept);
      } finally {
        letGo();
        if (isHeld) await giveBack(access, slot, key, owner);
      }
    },
    async keep({ secret, spent }) {
      newest.set(access, secret);
      if (!isHeld) return;
      const key = await keyOf();
      const token: StoredToken = {
        id: await tokenId(secret),
        value: secret,
        tokenType: 'refresh_token',
        response: { spent },
        lifetimeMs: KEPT_FOR_MS,
        marginMs: 0,
        isForced: false,
      };
      const put = (): Promise<boolean | typeof unavailable> =>
        access.use('put', slot, (store) => store.put(key, owner, token, KEPT_FOR_MS));
      const wasPut = await put();
      if (wasPut === false) return;
      isHeld = false; // that gave the lease back, or will
      if (wasPut === true) return;
      const again = putAgain(access, slot, { key, owner }, () => newest.get(access) === secret, put);
      access.config.sentRequests.note(again); // with this process the only good one would be gone
      access.config.flights.keepAlive?.(again);
    },
  };
}

function keptSecret({ value, response }: StoredToken): KeptSecret | undefined {
  const spent = (response as { spent?: unknown } | null)?.spent;
  if (typeof value !== 'string' || !Array.isArray(spent)) return undefined; // a broken store's
  return { secret: value, spent: spent.filter((entry) => typeof entry === 'string') };
}
