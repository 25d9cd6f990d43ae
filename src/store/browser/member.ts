import { type Clock, systemClock } from '../../values/clock.ts';
import { type Entry, EntryTable } from '../entry-table.ts';
import { storeOf } from '../memory-store.ts';
import { serveStore } from '../message-port.ts';
import type { Envelope } from '../port-messages.ts';
import type { StorePort } from '../store-port.ts';
import type { TokenStore } from '../token-store.ts';
import { isMemberMessage, type MemberMessage, type SentEntries } from './member-messages.ts';
import { isNewer, shifted, wakefulClock } from './travelling-entry.ts';

/** What the platform has to bring along. */
export interface Surroundings {
  readonly locks: Pick<LockManager, 'request'>;
  readonly BroadcastChannel: new (name: string) => BroadcastChannel;
  readonly clock?: Clock;
}

interface Stay {
  /** Two channels, because a channel does not hear itself: what was sent comes back by the other, in order. */
  readonly inbox: BroadcastChannel;
  readonly outbox: BroadcastChannel;
  readonly leaving: AbortController;
}

// Plain arithmetic has to tell an epoch from the next.
const LAST_EPOCH = 2 ** 40;

/**
 * One of the contexts that share a store: whoever holds the lock leads, which is to say answers what all ask, itself
 * included. The others keep a copy of the leader's entries, in case it goes.
 */
export class Member {
  /** The way to whoever leads. */
  readonly port: StorePort;
  readonly #place: string;
  readonly #surroundings: Surroundings;
  readonly #clock: Clock;
  readonly #longestWaitMs: number;
  readonly #entries: EntryTable;
  readonly #store: TokenStore;
  readonly #hearers = new Set<Parameters<StorePort['addEventListener']>[1]>();
  /** Asked, and not yet answered: whoever leads next is asked again. */
  readonly #asked = new Map<string, Envelope>();
  /** The latest leader that was heard of. A number that no two leaders have: a count, and a fraction drawn at random. */
  #epoch = 0;
  #stay: Stay | undefined;
  #candidacy: string | undefined;
  #stopServing: (() => void) | undefined;
  #problem: Error | undefined;

  /** @param longestWaitMs so long somebody waits for an answer */
  constructor(place: string, longestWaitMs: number, surroundings: Surroundings) {
    this.#place = place;
    this.#longestWaitMs = longestWaitMs;
    this.#surroundings = surroundings;
    this.#clock = surroundings.clock ?? systemClock;
    this.#entries = new EntryTable(wakefulClock(this.#clock));
    this.#entries.onWrite = (...written) => this.#isServing && this.#tellState([written]);
    this.#store = storeOf(this.#entries);
    this.port = {
      postMessage: (message) => this.#post(message as Envelope),
      addEventListener: (type, hearer) => void (type === 'message' && this.#hearers.add(hearer)),
      removeEventListener: (_type, hearer) => void this.#hearers.delete(hearer),
    };
  }

  get #isServing(): boolean {
    return this.#stopServing !== undefined;
  }

  /** Takes part, from now on. */
  enter(): void {
    if (this.#stay) return;
    const { BroadcastChannel, locks } = this.#surroundings;
    const [inbox, outbox] = [new BroadcastChannel(this.#place), new BroadcastChannel(this.#place)];
    const leaving = new AbortController();
    const { signal } = leaving;
    this.#stay = { inbox, outbox, leaving };
    this.#problem = undefined;
    inbox.addEventListener('message', (event) => this.#hear(event.data));
    for (const channel of [inbox, outbox] as { unref?(): void }[]) channel.unref?.();
    this.#send({ tokenflight: 'hello', id: crypto.randomUUID() });
    const lead = async (): Promise<void> => {
      if (signal.aborted) return;
      this.#candidacy = crypto.randomUUID();
      this.#send({ tokenflight: 'hello', id: this.#candidacy });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    locks.request(this.#place, { signal }, lead).catch((error: Error) => {
      if (signal.aborted) return;
      this.leave();
      this.#problem = error;
    });
  }

  /** Takes no part any more. What it knew is forgotten: it would be out of date when it is back. */
  leave(): void {
    if (!this.#stay) return;
    const { inbox, outbox, leaving } = this.#stay;
    this.#stopServing?.();
    this.#stopServing = this.#candidacy = this.#stay = undefined;
    this.#entries.clear();
    leaving.abort();
    inbox.close();
    outbox.close();
  }

  #hear(message: unknown): void {
    if (!this.#stay || !isMemberMessage(message) || message.epoch > LAST_EPOCH) return;
    const { epoch } = message;
    // There is one lock: who leads and is behind the others did not hear of all who led before.
    if (this.#isServing && epoch > this.#epoch) this.#serve(epoch);
    switch (message.tokenflight) {
      case 'hello':
        // By now everything is heard that was sent before the lock was passed on.
        if (message.id === this.#candidacy) this.#serve(this.#epoch);
        else if (this.#isServing) this.#tellState(this.#entries.all(), true);
        return;
      case 'seed':
        if (this.#isServing) this.#learn(message);
        return;
      case 'state':
        if (this.#isServing) {
          if (epoch < this.#epoch) this.#learn(message); // else it is its own word, come back
        } else if (epoch >= this.#epoch) this.#follow(message);
        else if (message.isWhole) this.#sendEntries('seed', this.#entries.all()); // perhaps it leads, and does not know
        return;
      case 'ask':
        if (epoch !== this.#epoch) return; // of somebody who asks again when it hears who leads
        break;
      case 'answer':
        if (epoch !== this.#epoch) return; // by a leader of the past
        this.#asked.delete(message.id);
    }
    for (const hearer of [...this.#hearers]) hearer({ type: 'message', data: message });
  }

  /** @param epoch the latest that was heard of */
  #serve(epoch: number): void {
    this.#candidacy = undefined;
    this.#epoch = Math.floor(epoch) + 1 + Math.random();
    this.#entries.epoch = this.#epoch;
    this.#stopServing ??= serveStore(this.#store, this.port);
    this.#tellState(this.#entries.all(), true);
    this.#askAgain();
  }

  #follow({ epoch, isWhole, ...sent }: { readonly epoch: number; readonly isWhole: boolean } & SentEntries): void {
    const isOther = epoch > this.#epoch;
    this.#epoch = epoch;
    const unknown = new Map(isWhole ? this.#entries.all() : []);
    for (const [key, entry] of this.#received(sent)) {
      const own = this.#entries.read(key);
      unknown.delete(key);
      if (isNewer(own, entry)) unknown.set(key, own);
      else this.#entries.set(key, entry);
    }
    if (unknown.size > 0) this.#sendEntries('seed', [...unknown]);
    if (isOther) this.#askAgain();
  }

  /** As the leader: of tokens that it did not hear of, because it came late or the word did. */
  #learn(sent: SentEntries): void {
    for (const [key, entry] of this.#received(sent)) {
      if (!this.#entries.has(key) || isNewer(entry, this.#entries.read(key))) this.#entries.set(key, entry);
    }
  }

  /** What was late on its way must not live longer for it; all contexts of an origin have the clock of one machine. */
  #received({ sentMs, entries }: SentEntries): readonly (readonly [key: string, entry: Entry])[] {
    const byMs = this.#entries.nowMs() - Math.max(0, this.#clock.wallMs() - sentMs);
    return entries.map(([key, entry]) => [key, shifted(entry, byMs)]);
  }

  #tellState(entries: SentEntries['entries'], isWhole = false): void {
    this.#sendEntries('state', entries, { isWhole });
  }

  #sendEntries<T extends 'state' | 'seed'>(tokenflight: T, own: SentEntries['entries'], more: object = {}): void {
    const byMs = -this.#entries.nowMs();
    const entries = own.map(([key, entry]) => [key, shifted(entry, byMs)] as const);
    this.#send({ tokenflight, sentMs: this.#clock.wallMs(), entries, ...more } as Unsent);
  }

  #post(envelope: Envelope): void {
    if (this.#problem) throw this.#problem;
    if (envelope.tokenflight === 'ask') {
      const { id } = envelope;
      this.#asked.set(id, envelope);
      this.#clock.schedule(() => this.#asked.delete(id), this.#longestWaitMs);
    }
    this.#send(envelope);
  }

  #askAgain(): void {
    for (const envelope of this.#asked.values()) this.#send(envelope);
  }

  #send(message: Unsent): void {
    this.#stay?.outbox.postMessage({ ...message, epoch: this.#epoch });
  }
}

type Unsent = MemberMessage extends infer M ? (M extends unknown ? Omit<M, 'epoch'> : never) : never;
