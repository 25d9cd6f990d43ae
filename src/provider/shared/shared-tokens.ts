import type { TokenAcquisitionError } from '../../errors/token-acquisition-error.ts';
import { TokenRequestRejectedError } from '../../errors/token-request-rejected-error.ts';
import type { TokenEndpoint } from '../../protocol/token-endpoint.ts';
import type { StoreAsk, StoreNews, TokenStore } from '../../store/token-store.ts';
import type { EventHub } from '../../telemetry/event-hub.ts';
import type { RefreshReason, StoreEvent, StoreOperation } from '../../telemetry/events.ts';
import { type ClientIdentity, sharedCacheKey } from '../../values/cache-key.ts';
import { elapsedMs, readClock } from '../../values/clock.ts';
import { tokenId } from '../../values/digest.ts';
import type { Acquisition } from '../attempt-token.ts';
import { pause } from '../deadline.ts';
import { coolDownMs } from '../pauses.ts';
import type { ProviderConfig } from '../provider-config.ts';
import type { Slot } from '../slot.ts';
import { keepLease, LEASE_MS } from './lease.ts';
import { StoreGuard, unavailable } from './store-guard.ts';
import { revivedFailure, storedFailure, withSharedPause } from './stored-failure.ts';
import { adoptedToken, checkedAnswer, remainingMs, storedToken } from './stored-token.ts';
import { WakeUps } from './wake-ups.ts';

/** News may be lost: so often a waiting process looks for itself. */
const LONGEST_POLL_MS = 1_000;
const FIRST_POLL_MS = 50;
const LONGEST_SHARED_PAUSE_MS = 5_000;

/**
 * One attempt to get a token, in a fleet that shares it: another process's token will do; whoever holds the lease asks
 * the token endpoint; the others wait for it. Where the store cannot be used, a process asks for itself.
 */
export class SharedTokens {
  readonly #config: ProviderConfig;
  readonly #store: TokenStore;
  readonly #guard: StoreGuard;
  readonly #events: EventHub;
  readonly #wakeUps = new WakeUps();
  readonly #unsubscribe: () => void;
  #identity: Promise<ClientIdentity> | undefined;

  /** @param onNews told what other processes did */
  constructor(config: ProviderConfig, store: TokenStore, events: EventHub, onNews: (news: StoreNews) => void) {
    this.#config = config;
    this.#store = store;
    this.#events = events;
    this.#guard = new StoreGuard(config.endpoint.clock, config.storeTimeoutMs, config.random, events);
    this.#unsubscribe = store.subscribe((news) => {
      this.#wakeUps.tell(news);
      onNews(news);
    });
  }

  /** @param request asks the token endpoint, once */
  async attempt(
    slot: Slot,
    reason: RefreshReason,
    signal: AbortSignal,
    request: () => Promise<Acquisition>,
  ): Promise<Acquisition> {
    const key = await this.#keyOf(slot);
    const ask: StoreAsk = { owner: crypto.randomUUID(), leaseMs: LEASE_MS, ...this.#wanted(slot, reason) };
    return await this.#attempt(slot, { key, ask, reason, signal, request });
  }

  async #attempt(slot: Slot, turn: Turn): Promise<Acquisition> {
    const { key, signal } = turn;
    let { ask } = turn;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, LONGEST_POLL_MS)) {
      const woken = new AbortController();
      const stopListening = this.#wakeUps.listen(key, () => woken.abort());
      try {
        signal.throwIfAborted();
        const asked = readClock(this.#config.endpoint.clock);
        const answer = await this.#use('look', slot, async () => checkedAnswer(await this.#store.look(key, ask)));
        if (answer === unavailable) return await turn.request();
        if (answer.isUnreadable) this.#tell(slot, { type: 'store-entry-unreadable' });
        if (answer.lease === 'held') return await this.#lead(slot, turn, answer.wasRejected === true);
        if (answer.token && !ask.always) {
          const { token, remainingMs: leftMs } = answer.token;
          this.#tell(slot, { type: 'store-hit', tokenId: token.id, remainingMs: leftMs });
          return adoptedToken(answer.token, asked);
        }
        if (answer.failure) {
          const { failure } = answer;
          // A client's credential may have been renewed here and not there: each process finds out for itself, once.
          if (failure.refusal?.error === 'invalid_client' && !slot.wasRefused) {
            ask = { ...ask, always: true };
            continue;
          }
          const { endpoint, attemptTimeoutMs } = this.#config;
          const error = revivedFailure(failure, () => endpoint.clock.monotonicMs(), attemptTimeoutMs);
          this.#tell(slot, { type: 'store-failure', error, pauseMs: failure.pauseMs });
          throw error;
        }
        if (ask.always) ask = { ...ask, always: false, unwantedId: answer.token?.token.id ?? ask.unwantedId };
        const leaseMs = answer.lease?.remainingMs ?? 0;
        this.#tell(slot, { type: 'store-waiting', leaseMs });
        const waitMs = Math.max(1, Math.min(leaseMs, pollMs * (0.5 + this.#config.random())));
        await pause(this.#config.endpoint.clock, waitMs, AbortSignal.any([signal, woken.signal]));
      } finally {
        stopListening();
      }
    }
  }

  /**
   * Drops a token from the store, for all processes.
   *
   * @param youngestMs one that came by force and is younger is kept
   */
  async invalidate(slot: Slot, id: string, youngestMs: number = this.#config.forcedRefreshIntervalMs): Promise<void> {
    const key = await this.#keyOf(slot);
    await this.#use('invalidate', slot, () => this.#store.invalidate(key, id, youngestMs));
  }

  close(): void {
    this.#unsubscribe();
  }

  /** Which token of another process will do in place of one's own. */
  #wanted(slot: Slot, reason: RefreshReason): Pick<StoreAsk, 'unwantedId' | 'minRemainingMs' | 'always'> {
    const { cached, rejectedId } = slot;
    const unwantedId = cached?.token.id ?? rejectedId;
    if (reason === 'forced' && unwantedId === undefined) return { always: true };
    if (reason !== 'stale' || cached === undefined) return { unwantedId };
    const { asked, windows } = cached;
    const { clock } = this.#config.endpoint;
    return { unwantedId, minRemainingMs: windows.lifetimeMs - elapsedMs(clock, asked) };
  }

  async #lead(slot: Slot, turn: Turn, wasRejected: boolean): Promise<Acquisition> {
    const { key, reason, signal } = turn;
    const { owner } = turn.ask;
    const { clock } = this.#config.endpoint;
    const extend = async (): Promise<boolean> =>
      (await this.#use('extend', slot, () => this.#store.extend(key, owner, LEASE_MS))) !== false;
    const letGo = keepLease(clock, signal, extend, () => this.#tell(slot, { type: 'store-lease-lost' }));
    try {
      const isForced = wasRejected || reason === 'rejected' || reason === 'forced';
      const acquired = { ...(await turn.request()), isForced };
      const id = await tokenId(acquired.grant.value);
      const token = storedToken(acquired, id, isForced, this.#config.freshness);
      await this.#use('put', slot, () => this.#store.put(key, owner, token, remainingMs(clock, acquired)));
      slot.wasRefused = false;
      return acquired;
    } catch (error) {
      slot.wasRefused = error instanceof TokenRequestRejectedError && error.error === 'invalid_client';
      const pauseMs = this.#pauseAfter(slot, error as TokenAcquisitionError);
      const failure = storedFailure(error, pauseMs);
      await this.#use('release', slot, () => this.#store.release(key, owner, failure));
      throw failure ? withSharedPause(error as TokenAcquisitionError, pauseMs) : error;
    } finally {
      letGo();
    }
  }

  #pauseAfter(slot: Slot, { retryable, retryAfterMs }: TokenAcquisitionError): number {
    const { coolDown, random, maxRetryAfterMs } = this.#config;
    if (retryAfterMs !== undefined) return Math.max(coolDown.minDelayMs, Math.min(retryAfterMs, maxRetryAfterMs));
    return Math.min(LONGEST_SHARED_PAUSE_MS, coolDownMs(slot.failures + 1, retryable, coolDown, random()));
  }

  async #keyOf(slot: Slot): Promise<string> {
    this.#identity ??= clientIdentity(this.#config.endpoint);
    slot.sharedKey ??= await sharedCacheKey(await this.#identity, slot.request, slot.subject?.digest);
    return slot.sharedKey;
  }

  #use<T>(operation: StoreOperation, slot: Slot, run: () => Promise<T>): Promise<T | typeof unavailable> {
    return this.#guard.attempt(operation, slot.summary, run);
  }

  #tell(slot: Slot, event: StoreEvent): void {
    if (this.#events.isHeard) this.#events.emit({ ...event, request: slot.summary });
  }
}

interface Turn {
  readonly key: string;
  readonly ask: StoreAsk;
  readonly reason: RefreshReason;
  readonly signal: AbortSignal;
  readonly request: () => Promise<Acquisition>;
}

/** Whose tokens they are: everything of the configuration that decides what the server issues. */
async function clientIdentity({ server, clientAuthentication, grant, dpop }: TokenEndpoint): Promise<ClientIdentity> {
  return {
    tokenUrl: server.address,
    clientId: clientAuthentication.clientId,
    authenticationMethod: clientAuthentication.method,
    grantType: grant.grantType,
    parts: [...(grant.identity ?? []), ...(dpop ? ['dpop', await dpop.thumbprint()] : [])],
  };
}
