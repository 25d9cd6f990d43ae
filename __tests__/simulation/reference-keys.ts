import type { Coverage } from './coverage.ts';
import type { FakeClock } from './fake-clock.ts';
import type { PromisedPolicy } from './promised-numbers.ts';
import { ReferenceKey } from './reference-key.ts';

/** All keys of one provider, of which the least recently used gives way. */
export class ReferenceKeys {
  readonly #clock: FakeClock;
  readonly #policy: PromisedPolicy;
  readonly #defaultKey: string;
  readonly #coverage: Coverage;
  readonly #keys = new Map<string, ReferenceKey>();
  readonly #recent: ReferenceKey[] = [];
  /** Those that gave way with a failure to remember, the oldest first. */
  readonly #resting: ReferenceKey[] = [];
  readonly #foggy = new Set<ReferenceKey>();

  /** @param defaultKey never gives way */
  constructor(clock: FakeClock, policy: PromisedPolicy, defaultKey: string, coverage: Coverage) {
    this.#clock = clock;
    this.#policy = policy;
    this.#defaultKey = defaultKey;
    this.#coverage = coverage;
  }

  [Symbol.iterator](): Iterator<ReferenceKey> {
    return this.#keys.values();
  }

  named(name: string): ReferenceKey {
    let key = this.#keys.get(name);
    if (key === undefined) {
      key = new ReferenceKey(name, this.#clock, this.#policy);
      this.#keys.set(name, key);
    }
    return key;
  }

  /** Somebody looks whether a token is there: that uses a key, but makes none. */
  look(key: ReferenceKey): void {
    if (this.#recent.includes(key) || key.flight !== undefined) this.use(key);
  }

  /** A key is used: by a call, a look or the end of its flight. */
  use(key: ReferenceKey): void {
    if (key.name === this.#defaultKey) return;
    const rested = this.#resting.indexOf(key);
    if (rested >= 0) this.#resting.splice(rested, 1);
    const known = this.#recent.indexOf(key);
    if (known >= 0) this.#recent.splice(known, 1);
    this.#recent.push(key);
    if (this.#recent.length <= this.#policy.maxTokens) return;
    const oldest = this.#recent.shift() as ReferenceKey;
    if (oldest.perhaps !== undefined) this.fog(oldest);
    this.#coverage.count(oldest.flight === undefined ? 'evicted' : 'evicted in flight');
    oldest.evict();
    if (oldest.flight !== undefined || oldest.coolDown === undefined) return;
    this.#resting.push(oldest);
    if (this.#resting.length > this.#policy.maxTokens) this.#resting.shift()?.forget();
  }

  /**
   * Gives up on knowing a key exactly: two things met in one turn of the event loop, and which came first is the
   * engine's own business. What holds whichever came first is still checked.
   */
  fog(key: ReferenceKey): void {
    if (!this.#foggy.has(key)) this.#coverage.count('key lost in fog');
    this.#foggy.add(key);
  }

  isFoggy(key: ReferenceKey): boolean {
    return this.#foggy.has(key) || (this.#isRecencyLost && key.name !== this.#defaultKey);
  }

  /** When a key was last used is not known either, so nobody knows who gives way, once there are more than fit. */
  get #isRecencyLost(): boolean {
    const names = [...this.#keys.keys()].filter((name) => name !== this.#defaultKey);
    return names.length > this.#policy.maxTokens && [...this.#foggy].some((key) => key.name !== this.#defaultKey);
  }
}
