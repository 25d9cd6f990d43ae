import type { KeptSecret } from '../../protocol/grant.ts';
import { type BackoffPolicy, equalJitterMs } from '../../values/backoff.ts';
import type { Slot } from '../slot.ts';
import { KEPT_FOR_MS, keptSecret, storedSecret } from './kept-secret.ts';
import { LEASE_MS } from './lease.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';

const PAUSES: BackoffPolicy = { minDelayMs: 1_000, maxDelayMs: 30_000 };

/** What each process got last and the store has not taken yet: the others would go on with what it replaced. */
const late = new WeakMap<StoreAccess, KeptSecret>();

export function lateSecret(access: StoreAccess): KeptSecret | undefined {
  return late.get(access);
}

/** Before the store is told of it. */
export function noteSecret(access: StoreAccess, secret: KeptSecret): void {
  late.set(access, secret);
}

/** The store has it, or a newer one. */
export function settleSecret(access: StoreAccess, secret: KeptSecret): void {
  if (late.get(access) === secret) late.delete(access);
}

/**
 * Puts it, unless what the store has by now was got with it, or this process itself has got another since. In any case the
 * lease is given back. Never rejects.
 *
 * @param owner of the lease; one who has it already keeps it for as long as this is tried
 * @returns `unavailable`: the store has not taken it
 */
export async function putLateSecret(
  access: StoreAccess,
  slot: Slot,
  { key, owner }: { readonly key: string; readonly owner: string },
  secret: KeptSecret,
): Promise<true | typeof unavailable> {
  const token = await storedSecret(secret);
  const answer = await access.look(slot, key, { owner, leaseMs: LEASE_MS, always: true });
  if (answer === unavailable || answer.lease !== 'held') return unavailable;
  const there = answer.token && keptSecret(answer.token.token);
  const isKnown = there !== undefined && (there.secret === secret.secret || there.spent.includes(token.id));
  if (isKnown || late.get(access) !== secret) {
    const released = await access.use('release', slot, (store) => store.release(key, owner));
    if (released === unavailable) return unavailable;
  } else {
    const wasPut = await access.use('put', slot, (store) => store.put(key, owner, token, KEPT_FOR_MS));
    if (wasPut !== true) return unavailable;
  }
  settleSecret(access, secret);
  return true;
}

/** Tries that again and again, until the store has it, this process itself has got another, or its provider is closed. */
export async function insistOnSecret(
  access: StoreAccess,
  secret: KeptSecret,
  put: () => Promise<unknown>,
): Promise<void> {
  for (let tries = 1; late.get(access) === secret && !access.isClosed; tries++) {
    await access.pause(equalJitterMs(tries, PAUSES, access.config.random()));
    if (!access.isClosed) await put();
  }
}
