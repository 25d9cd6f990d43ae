import { CredentialUnavailableError } from '../../errors/credential-unavailable-error.ts';
import type { KeptSecret, SecretShelf } from '../../protocol/grant.ts';
import { elapsedMs, type Instant, readClock } from '../../values/clock.ts';
import { canonicalTokenRequest } from '../../values/token-request.ts';
import type { Slot } from '../slot.ts';
import { giveBack } from './give-back.ts';
import { KEPT_FOR_MS, keptSecret, storedSecret } from './kept-secret.ts';
import { insistOnSecret, lateSecret, noteSecret, putLateSecret, settleSecret } from './late-secret.ts';
import { LEASE_MS } from './lease.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';
import { tryAgain } from './try-again.ts';

/**
 * The place in the store for what a grant spends and gets anew, such as a refresh token: read and replaced under one
 * lease for all processes and all of the client's token requests.
 *
 * @param slot what the token request is for
 * @param signal ends the wait for the lease
 */
export function sharedSecret(access: StoreAccess, slot: Slot, signal: AbortSignal): SecretShelf {
  const { endpoint, flights, sentRequests } = access.config;
  const { clock } = endpoint;
  const owner = crypto.randomUUID();
  const keyOf = (): Promise<string> => access.keyOf(canonicalTokenRequest({}), undefined, ['secret of the grant']);
  let isHeld = false;
  /** When the store was asked for the lease as it is now; undefined: it is another's. */
  let heldSince: Instant | undefined;
  let kept: KeptSecret | undefined;

  return {
    async hold(run) {
      const key = await keyOf();
      const found = await access.untilFound<KeptSecret | undefined>(key, signal, async () => {
        const asked = readClock(clock);
        const answer = await access.look(slot, key, { owner, leaseMs: LEASE_MS, always: true });
        if (answer === unavailable) {
          if (!isServed(slot)) return { found: undefined };
          const nowMs = (): number => clock.monotonicMs();
          throw new CredentialUnavailableError('the newest refresh token could not be read from the store', { nowMs });
        }
        if (answer.lease !== 'held') return { leaseMs: answer.lease?.remainingMs ?? 0 };
        isHeld = true;
        heldSince = asked;
        return { found: answer.token && keptSecret(answer.token.token) };
      });
      if (!isHeld) return run(found);
      const onLost = (): void => {
        heldSince = undefined;
        access.tell(slot, { type: 'store-lease-lost' });
      };
      const onKept = (asked: Instant): void => {
        heldSince = asked;
      };
      // What was sent is seen through whoever waits for it, and the lease is kept as long.
      const letGo = access.keepLease(slot, key, owner, new AbortController().signal, onLost, onKept);
      try {
        return await run(found);
      } finally {
        letGo();
        if (isHeld) await leave(key);
        isHeld = false;
      }
    },
    confirm() {
      if (isHeld && !(heldSince && elapsedMs(clock, heldSince) < LEASE_MS))
        throw new Error('it may be in use elsewhere');
    },
    async keep(secret) {
      kept = secret;
      noteSecret(access, secret);
      const key = await keyOf();
      const wasPut = isHeld ? await putHeld(key, secret) : false;
      if (wasPut === true) return;
      // Who has the lease goes on under it; else the process takes one as any other does, and at once.
      const lease = { key, owner: wasPut === unavailable ? owner : crypto.randomUUID() };
      const put = (): Promise<true | typeof unavailable> => putLateSecret(access, slot, lease, secret);
      const first = wasPut === unavailable ? wasPut : put();
      const again = Promise.resolve(first).then((done) => (done === unavailable ? tryAgain(access, put) : done));
      sentRequests.note(again); // with this process the only good one would be gone
      flights.keepAlive?.(again);
      void again.then(() => insistOnSecret(access, secret, put));
    },
  };

  async function putHeld(key: string, secret: KeptSecret): Promise<boolean | typeof unavailable> {
    const token = await storedSecret(secret);
    const wasPut = await access.use('put', slot, (store) => store.put(key, owner, token, KEPT_FOR_MS));
    if (wasPut !== false) isHeld = false; // that gave the lease back, or will
    if (wasPut === true) settleSecret(access, secret);
    return wasPut;
  }

  /** What an earlier turn could not put is put now, where this one brought nothing new. */
  async function leave(key: string): Promise<void> {
    const secret = lateSecret(access);
    const isEarlier = secret !== undefined && secret !== kept;
    if (isEarlier && (await putLateSecret(access, slot, { key, owner }, secret)) === true) return;
    await giveBack(access, slot, key, owner);
  }

  /** Whether a valid token is at hand, and nobody wants another. */
  function isServed({ cached, flight }: Slot): boolean {
    return flight?.isDemanded !== true && cached !== undefined && elapsedMs(clock, cached) < cached.lifetimeMs;
  }
}
