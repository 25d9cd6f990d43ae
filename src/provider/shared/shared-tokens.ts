import type { TokenAcquisitionError } from '../../errors/token-acquisition-error.ts';
import { TokenRequestRejectedError } from '../../errors/token-request-rejected-error.ts';
import type { StoreAnswer, StoreAsk } from '../../store/token-store.ts';
import type { RefreshReason } from '../../telemetry/events.ts';
import { elapsedMs, readClock } from '../../values/clock.ts';
import { tokenId } from '../../values/digest.ts';
import type { Acquisition } from '../attempt-token.ts';
import { checkGrantedBinding } from '../granted-binding.ts';
import { checkGrantedScope } from '../granted-scope.ts';
import { coolDownMs, refreshSpacingMs } from '../pauses.ts';
import type { Slot } from '../slot.ts';
import { giveBack } from './give-back.ts';
import { LEASE_MS } from './lease.ts';
import { putAgain } from './put-again.ts';
import type { StoreAccess } from './store-access.ts';
import { unavailable } from './store-guard.ts';
import { revivedFailure, storedFailure, withSharedPause } from './stored-failure.ts';
import { adoptedToken, checkedAnswer, remainingMs, storedToken } from './stored-token.ts';

const LONGEST_SHARED_PAUSE_MS = 5_000;

/**
 * One attempt to get a token, in a fleet that shares it: another process's token will do; whoever holds the lease asks
 * the token endpoint; the others wait for it. Where the store cannot be used, a process asks for itself.
 */
export class SharedTokens {
  readonly access: StoreAccess;

  constructor(access: StoreAccess) {
    this.access = access;
  }

  /** @param request asks the token endpoint, once */
  async attempt(
    slot: Slot,
    reason: RefreshReason,
    signal: AbortSignal,
    request: () => Promise<Acquisition>,
  ): Promise<Acquisition> {
    const turn = { key: await this.#keyOf(slot), owner: crypto.randomUUID(), signal, request };
    let wanted = this.#wanted(slot, reason);
    const run = await this.access.untilFound<() => Promise<Acquisition>>(turn.key, signal, async () => {
      const asked = readClock(this.access.config.endpoint.clock);
      const answer = await this.#look(slot, turn, wanted);
      if (answer === unavailable) return { found: request };
      if (answer.lease === 'held') return { found: () => this.#lead(slot, turn, answer.wasRejected === true) };
      if (answer.token && !wanted.always) {
        const adopted = adoptedToken(answer.token, asked);
        // Who put it may not have minded.
        checkGrantedBinding(this.access.config, adopted.grant);
        checkGrantedScope(this.access.config, slot, adopted.grant);
        return { found: async () => adopted };
      }
      if (answer.failure) {
        // A client's credential may have been renewed here and not there: each process finds out for itself, once.
        if (answer.failure.refusal?.error !== 'invalid_client' || slot.wasRefused)
          throw this.#failed(slot, answer.failure);
        wanted = { ...wanted, always: true };
        return 'again';
      }
      if (wanted.always) wanted = { unwantedId: answer.token?.token.id ?? wanted.unwantedId };
      const leaseMs = answer.lease?.remainingMs ?? 0;
      this.access.tell(slot, { type: 'store-waiting', leaseMs });
      return { leaseMs };
    });
    return await run();
  }

  /**
   * Drops a token from the store, for all processes. Never rejects.
   *
   * @param youngestMs one that came by force and is younger is kept
   */
  async invalidate(
    slot: Slot,
    id: string,
    youngestMs: number = this.access.config.forcedRefreshIntervalMs,
  ): Promise<void> {
    const key = await this.#keyOf(slot);
    await this.access.use('invalidate', slot, (store) => store.invalidate(key, id, youngestMs));
  }

  async #look(slot: Slot, { key, owner }: Turn, wanted: Wanted): Promise<StoreAnswer | typeof unavailable> {
    const answer = await this.access.look(slot, key, { owner, leaseMs: LEASE_MS, ...wanted }, checkedAnswer);
    if (answer === unavailable) return answer;
    if (answer.isUnreadable) this.access.tell(slot, { type: 'store-entry-unreadable' });
    if (answer.token && !wanted.always) {
      const { token, remainingMs: leftMs } = answer.token;
      this.access.tell(slot, { type: 'store-hit', tokenId: token.id, remainingMs: leftMs });
    }
    return answer;
  }

  /** Which token of another process will do in place of one's own. */
  #wanted({ cached, rejectedId }: Slot, reason: RefreshReason): Wanted {
    const unwantedId = cached?.token.id ?? rejectedId;
    if (reason === 'forced' && unwantedId === undefined) return { always: true };
    if (reason !== 'stale' || cached === undefined) return { unwantedId };
    const ageMs = elapsedMs(this.access.config.endpoint.clock, cached);
    // What came from the store is a little older here than there: only what is clearly younger was asked for since.
    const renewedWithinMs = Math.max(0, ageMs - refreshSpacingMs(cached.lifetimeMs));
    return { unwantedId, minRemainingMs: cached.lifetimeMs - ageMs, renewedWithinMs };
  }

  async #lead(slot: Slot, { key, owner, signal, request }: Turn, wasRejected: boolean): Promise<Acquisition> {
    const { endpoint, freshness, flights } = this.access.config;
    let isLost = false;
    const lose = (): void => {
      if (!isLost) this.access.tell(slot, { type: 'store-lease-lost' });
      isLost = true;
    };
    const letGo = this.access.keepLease(slot, key, owner, signal, lose);
    try {
      const isForced = wasRejected || slot.isForced;
      const acquired = { ...(await request()), isForced };
      const id = await tokenId(acquired.grant.value);
      const token = storedToken(acquired, id, isForced, freshness);
      const put = (): Promise<boolean | typeof unavailable> =>
        this.access.use('put', slot, (store) => store.put(key, owner, token, remainingMs(endpoint.clock, acquired)));
      const wasPut = await put();
      if (wasPut === false) lose();
      if (wasPut === unavailable) {
        const isOurs = (): boolean => !this.access.isClosed && slot.cached?.token.id === id; // nor was it rejected
        const again = putAgain(this.access, slot, { key, owner }, isOurs, put).then((was) => was === false && lose());
        flights.keepAlive?.(again); // nobody waits for it: the caller has a token
      }
      slot.wasRefused = false;
      return acquired;
    } catch (error) {
      slot.wasRefused = error instanceof TokenRequestRejectedError && error.error === 'invalid_client';
      const pauseMs = this.#pauseAfter(slot, error as TokenAcquisitionError);
      const failure = storedFailure(error, pauseMs);
      await giveBack(this.access, slot, key, owner, failure);
      throw failure ? withSharedPause(error as TokenAcquisitionError, pauseMs) : error;
    } finally {
      letGo();
    }
  }

  #failed(slot: Slot, failure: NonNullable<StoreAnswer['failure']>): TokenAcquisitionError {
    const { endpoint, attemptTimeoutMs } = this.access.config;
    const error = revivedFailure(failure, () => endpoint.clock.monotonicMs(), attemptTimeoutMs);
    this.access.tell(slot, { type: 'store-failure', error, pauseMs: failure.pauseMs });
    return error;
  }

  #pauseAfter(slot: Slot, { retryable, retryAfterMs }: TokenAcquisitionError): number {
    const { coolDown, random, maxRetryAfterMs } = this.access.config;
    const failures = slot.failures + 1;
    const ownMs = Math.min(LONGEST_SHARED_PAUSE_MS, coolDownMs(failures, retryable, coolDown, random()));
    if (retryAfterMs === undefined) return ownMs;
    return Math.max(Math.min(retryAfterMs, maxRetryAfterMs), retryable ? coolDown.minDelayMs : ownMs);
  }

  async #keyOf(slot: Slot): Promise<string> {
    slot.sharedKey ??= await this.access.keyOf(slot.request, slot.subject?.digest);
    return slot.sharedKey;
  }
}

type Wanted = Pick<StoreAsk, 'unwantedId' | 'minRemainingMs' | 'renewedWithinMs' | 'always'>;

interface Turn {
  readonly key: string;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly request: () => Promise<Acquisition>;
}
