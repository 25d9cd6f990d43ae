import type { GrantSubject } from '../protocol/grant.ts';
import { type RecencySet, recencySet } from '../store/recency-set.ts';
import type { CanonicalTokenRequest, TokenRequest } from '../values/token-request.ts';
import { checkTokenRequest } from './check-token-request.ts';
import { Slot, type SlotMaker } from './slot.ts';
import { SlotKeys } from './slot-keys.ts';

// A request's scopes can be written in any order; so many further spellings of one slot are remembered.
const MOST_SPELLINGS = 4;

/**
 * Finds the slot of a request: one per distinct request, bounded, the least recently used gives way. A slot with a
 * flight stays whatever happens, so that no request ever has two. The slot of the provider's own defaults is always kept.
 */
export class SlotTable implements SlotMaker {
  readonly #keys: SlotKeys;
  readonly #slots = new Map<string, Slot>();
  /** Made with the first slot that may give way: it takes its room at once, and most providers have one token. */
  #recency: RecencySet<Slot> | undefined;
  readonly #bySpelling = new Map<string, Slot>();
  /** Those that gave way with a failure to remember: asked for again, they are not asked for at once. Oldest first. */
  readonly #resting = new Map<string, Slot>();
  readonly #pushedOut: Slot[] = [];
  readonly #evicted: Slot[] = [];
  readonly #defaultSlot: Slot;
  readonly #maxTokens: number;

  constructor(defaults: TokenRequest, maxTokens: number) {
    this.#keys = new SlotKeys(defaults);
    this.#maxTokens = maxTokens;
    this.#defaultSlot = this.#add(new Slot(this, ...this.#keys.keyOf({})));
  }

  /**
   * The slot of a request, a new one if there is none.
   *
   * @throws {ConfigurationError} the request is malformed
   */
  find(request: TokenRequest | undefined, subject?: GrantSubject): Slot {
    return this.#used(this.#lookUp(request, subject, true));
  }

  /**
   * The slot of a request, if there is one.
   *
   * @throws {ConfigurationError} the request is malformed
   */
  peek(request: TokenRequest | undefined): Slot | undefined {
    const slot = this.#lookUp(request, undefined, false);
    return slot && this.#used(slot);
  }

  #lookUp(request: TokenRequest | undefined, subject: GrantSubject | undefined, mayAdd: true): Slot;
  #lookUp(request: TokenRequest | undefined, subject: GrantSubject | undefined, mayAdd: boolean): Slot | undefined;
  #lookUp(given: TokenRequest | undefined, subject: GrantSubject | undefined, mayAdd: boolean): Slot | undefined {
    if (given === undefined && subject === undefined) return this.#defaultSlot;
    const request = given === undefined ? {} : given;
    const scope = subject === undefined ? onlyScope(request) : undefined;
    const known = scope === undefined ? undefined : this.#withScope(scope);
    if (known !== undefined) return known;
    checkTokenRequest(request);
    const [key, unsaid] = this.#keys.keyOf(request, subject);
    const slot =
      this.#slots.get(key) ??
      (mayAdd ? this.#add(this.#resting.get(key) ?? new Slot(this, key, unsaid, subject)) : undefined);
    if (slot === undefined) return undefined;
    slot.subject = subject;
    if (scope !== undefined && scope !== key) this.#rememberSpelling(scope, slot);
    return slot;
  }

  #withScope(scope: string): Slot | undefined {
    return (this.#keys.mayBeKey(scope) ? this.#slots.get(scope) : undefined) ?? this.#bySpelling.get(scope);
  }

  #add(slot: Slot): Slot {
    this.#resting.delete(slot.key);
    this.#slots.set(slot.key, slot);
    return slot;
  }

  /** Whether this is the slot that requests with its key find: not another provider's, and not one that gave way. */
  holds(slot: Slot): boolean {
    return this.#slots.get(slot.key) === slot;
  }

  /** Whether this is a slot of this table, be it one that gave way. */
  made(slot: object | undefined): slot is Slot {
    return slot instanceof Slot && slot.table === this;
  }

  /** The slot that requests with the key of this one find, if there is one. */
  successorOf({ key }: Slot): Slot | undefined {
    return this.#slots.get(key);
  }

  /** Takes a slot that gave way back, unless another is in its place by now, which is the one to go on with. */
  restored(slot: Slot): Slot {
    return this.#used(this.successorOf(slot) ?? this.#add(slot));
  }

  /** Puts a slot whose flight has ended back among those that may give way. */
  settled(slot: Slot): void {
    if (this.holds(slot)) this.#used(slot);
  }

  /** The next slot that gave way and has not been told of. */
  nextEvicted(): Slot | undefined {
    return this.#evicted.shift();
  }

  requestOf(scope: string): CanonicalTokenRequest {
    return this.#keys.requestOf(scope);
  }

  *[Symbol.iterator](): Iterator<Slot> {
    yield* this.#slots.values();
  }

  clear(): void {
    this.#slots.clear();
    this.#bySpelling.clear();
    this.#recency?.clear();
    this.#resting.clear();
  }

  #used(slot: Slot): Slot {
    if (slot === this.#defaultSlot) return slot;
    // Told amid its own bookkeeping: what follows from it has to wait.
    this.#recency ??= recencySet(this.#maxTokens, (evicted) => this.#pushedOut.push(evicted));
    this.#recency.touch(slot);
    for (let evicted = this.#pushedOut.pop(); evicted !== undefined; evicted = this.#pushedOut.pop()) {
      this.#giveUp(evicted);
    }
    return slot;
  }

  #rememberSpelling(scope: string, slot: Slot): void {
    if (slot.spellings.length >= MOST_SPELLINGS) return;
    slot.spellings = slot.spellings.concat(scope);
    this.#bySpelling.set(scope, slot);
  }

  #giveUp(slot: Slot): void {
    const stays = slot.flight?.isLost === false; // findable; settled() takes it back
    if (!stays || slot.cached !== undefined) this.#evicted.push(slot);
    slot.cached = undefined;
    if (stays) return;
    this.#slots.delete(slot.key);
    for (const scope of slot.spellings) this.#bySpelling.delete(scope);
    slot.spellings = [];
    if (slot.coolDown !== undefined) this.#rest(slot);
  }

  #rest(slot: Slot): void {
    this.#resting.set(slot.key, slot);
    const [oldest] = this.#resting.keys();
    if (oldest !== undefined && this.#resting.size > this.#maxTokens) this.#resting.delete(oldest);
  }
}

/** The scope of a request that has nothing else: by far the most common one, found again without building its key. */
function onlyScope(request: TokenRequest): string | undefined {
  for (const name in request) {
    if (name !== 'scope' && request[name as keyof TokenRequest] !== undefined) return undefined;
  }
  // Null, from a caller without types, is for the check that follows to refuse.
  return typeof request?.scope === 'string' ? request.scope : undefined;
}
