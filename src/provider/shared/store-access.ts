import type { TokenEndpoint } from '../../protocol/token-endpoint.ts';
import type { StoreAnswer, StoreAsk, StoreNews, TokenStore } from '../../store/token-store.ts';
import type { EventHub } from '../../telemetry/event-hub.ts';
import type { StoreEvent, StoreOperation } from '../../telemetry/events.ts';
import { type ClientIdentity, sharedCacheKey } from '../../values/cache-key.ts';
import { type Instant, readClock } from '../../values/clock.ts';
import type { CanonicalTokenRequest } from '../../values/token-request.ts';
import { pause } from '../deadline.ts';
import type { ProviderConfig } from '../provider-config.ts';
import type { Slot } from '../slot.ts';
import { keepLease, LEASE_MS } from './lease.ts';
import { StoreGuard, unavailable } from './store-guard.ts';
import { WakeUps } from './wake-ups.ts';

const FIRST_POLL_MS = 50;
/** News may be lost: so often a waiting process looks for itself. */
const LONGEST_POLL_MS = 1_000;

/** One provider's way to its store: keys, leases, news, and the guard before each operation. */
export class StoreAccess {
  readonly config: ProviderConfig;
  readonly #store: TokenStore;
  readonly #guard: StoreGuard;
  readonly #events: EventHub;
  readonly #wakeUps = new WakeUps();
  readonly #unsubscribe: () => void;
  readonly #pauses = new Set<AbortController>();
  #isClosed = false;
  #identity: Required<ClientIdentity> | undefined;

  /** @param onNews told what other processes did */
  constructor(config: ProviderConfig, store: TokenStore, events: EventHub, onNews: (news: StoreNews) => void) {
    this.config = config;
    this.#store = store;
    this.#events = events;
    this.#guard = new StoreGuard(config.endpoint.clock, config.storeTimeoutMs, config.random, events);
    this.#unsubscribe = store.subscribe((news) => {
      this.#wakeUps.tell(news);
      onNews(news);
    });
  }

  /** Never rejects. */
  use<T>(
    operation: StoreOperation,
    slot: Slot,
    run: (store: TokenStore) => Promise<T>,
  ): Promise<T | typeof unavailable> {
    return this.#guard.attempt(operation, slot.summary, () => run(this.#store));
  }

  /**
   * A lease that is granted to a look which was given up, or whose answer is none, is given back at once: its owner went on
   * without it, and the others would wait for nobody. Never rejects.
   *
   * @param check throws what is no answer
   */
  async look(
    slot: Slot,
    key: string,
    ask: StoreAsk,
    check: (answer: StoreAnswer) => StoreAnswer = (answer) => answer,
  ): Promise<StoreAnswer | typeof unavailable> {
    let looking: Promise<StoreAnswer> | undefined;
    const answer = await this.use('look', slot, async (store) => {
      looking = store.look(key, ask);
      return check(await looking);
    });
    if (answer === unavailable) {
      const giveBack = ({ lease }: StoreAnswer): void => {
        if (lease !== 'held') return;
        // Past the guard: a store that is left alone just now can still be told.
        const given = this.#store.release(key, ask.owner).catch(() => {});
        this.config.flights.keepAlive?.(given);
      };
      looking?.then(giveBack).catch(() => {});
    }
    return answer;
  }

  tell(slot: Slot, event: StoreEvent): void {
    if (this.#events.isHeard) this.#events.emit({ ...event, request: slot.summary });
  }

  /** @param purpose what is kept there, beside the client's tokens */
  async keyOf(
    request: CanonicalTokenRequest,
    subjectDigest?: string,
    purpose: readonly string[] = [],
  ): Promise<string> {
    const identity = this.#identity ?? (await clientIdentity(this.config.endpoint));
    this.#identity = identity;
    return sharedCacheKey({ ...identity, parts: [...identity.parts, ...purpose] }, request, subjectDigest);
  }

  /**
   * Looks again and again, each time when there may be news, until a look brings something.
   *
   * @param look `leaseMs`: somebody else keeps the lease for so long yet; `again`: at once, for something else
   */
  async untilFound<T>(
    key: string,
    signal: AbortSignal,
    look: () => Promise<{ readonly found: T } | { readonly leaseMs: number } | 'again'>,
  ): Promise<T> {
    const { endpoint, random } = this.config;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, LONGEST_POLL_MS)) {
      const woken = new AbortController();
      const stopListening = this.#wakeUps.listen(key, () => woken.abort()); // before the look, so that nothing is missed
      try {
        signal.throwIfAborted();
        const looked = await look();
        if (looked === 'again') continue;
        if ('found' in looked) return looked.found;
        const waitMs = Math.max(1, Math.min(looked.leaseMs, pollMs * (0.5 + random())));
        await pause(endpoint.clock, waitMs, AbortSignal.any([signal, woken.signal]));
      } finally {
        stopListening();
      }
    }
  }

  /**
   * Keeps a lease until the returned function is called, or the signal is aborted.
   *
   * @param onLost told if it is another's by now
   * @param onKept told each time that the store keeps it, and since when
   */
  keepLease(
    slot: Slot,
    key: string,
    owner: string,
    signal: AbortSignal,
    onLost: () => void,
    onKept: (asked: Instant) => void = () => {},
  ): () => void {
    const { clock } = this.config.endpoint;
    const extend = async (): Promise<boolean> => {
      const asked = readClock(clock);
      const isOurs = await this.use('extend', slot, (store) => store.extend(key, owner, LEASE_MS));
      if (isOurs === true) onKept(asked);
      return isOurs !== false;
    };
    return keepLease(clock, signal, extend, onLost);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends early when the provider is closed. */
  async pause(delayMs: number): Promise<void> {
    if (this.#isClosed) return;
    const closing = new AbortController(); // one for each: some platforms let none be made outside of a request
    this.#pauses.add(closing);
    await pause(this.config.endpoint.clock, delayMs, closing.signal);
    this.#pauses.delete(closing);
  }

  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    for (const closing of this.#pauses) {
      try {
        closing.abort();
      } catch {} // of another request: it ends in its time
    }
  }
}

/**
 * Whose tokens they are: everything of the configuration that decides what the server issues. Which certificate they are
 * bound to is the transport's to know: processes that share tokens must show the same one.
 */
async function clientIdentity(endpoint: TokenEndpoint): Promise<Required<ClientIdentity>> {
  const { server, clientAuthentication, grant, dpop, certificateBoundTokens } = endpoint;
  const bindings = [...(dpop ? ['dpop', await dpop.thumbprint()] : []), ...(certificateBoundTokens ? ['mtls'] : [])];
  return {
    tokenUrl: server.address,
    clientId: clientAuthentication.clientId,
    authenticationMethod: clientAuthentication.method,
    grantType: grant.grantType,
    parts: [JSON.stringify(grant.identity ?? []), ...bindings],
  };
}
