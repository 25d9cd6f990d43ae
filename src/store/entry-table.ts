import type { Clock } from '../values/clock.ts';
import { EMPTY_STATE, type KeyState, stateAt } from './key-state.ts';
import type { StoredFailure, StoredToken } from './token-store.ts';

export type State = KeyState<StoredToken, StoredFailure>;

/** What a store knows of one key. Instants are those of its own clock. */
export interface Entry extends State {
  /** The table's epoch when a token was last put or dropped. */
  readonly epoch: number;
}

/** The entries of a store. Each write lets go of some that are over. */
export class EntryTable {
  /** Counts the places that the entries lay in, where they move from one to another. */
  epoch = 0;
  /** Told of each change. */
  onWrite: (key: string, entry: Entry) => void = () => {};
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** What is still valid under a key. */
  read(key: string): Entry {
    const entry = this.#entries.get(key);
    return { ...stateAt(entry ?? EMPTY_STATE, this.nowMs()), epoch: entry?.epoch ?? 0 };
  }

  /** Writes down the state that follows what was read under the key. */
  write(key: string, state: State): void {
    const before = this.read(key);
    const isSameToken = before.generation === state.generation && before.wasRejected === state.wasRejected;
    this.set(key, { ...state, epoch: isSameToken ? before.epoch : this.epoch });
  }

  /** Takes an entry over as it is. */
  set(key: string, entry: Entry): void {
    const nowMs = this.nowMs();
    this.#entries.delete(key); // to the end of the line
    this.#entries.set(key, entry);
    // Two looks for each write reach every entry in time: what is to be kept goes to the end of the line as well.
    let looks = 2;
    for (const [old, seen] of this.#entries) {
      if (looks-- === 0) break;
      this.#entries.delete(old);
      if (seen.forgetMs > nowMs) this.#entries.set(old, seen);
    }
    this.onWrite(key, entry);
  }

  all(): readonly (readonly [key: string, entry: Entry])[] {
    return [...this.#entries];
  }

  clear(): void {
    this.#entries.clear();
  }
}
