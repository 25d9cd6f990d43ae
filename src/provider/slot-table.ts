import type { GrantSubject } from '../protocol/grant.ts';
import { type RecencySet, recencySet } from '../store/recency-set.ts';
import { requestKey } from '../values/cache-key.ts';
import { canonicalTokenRequest, mergeTokenRequests, type TokenRequest } from '../values/token-request.ts';
import { checkTokenRequest } from './check-token-request.ts';
import { Slot } from './slot.ts';

// A request's scopes can be written in any order; so many spellings of one slot are remembered.
const MOST_SPELLINGS = 4;

/**
 * Finds the slot of a request: one per distinct request, bounded, the least recently used gives way. A slot with a
 * flight stays whatever happens, so that no request ever has two. The slot of the provider's own defaults is always kept.
 */
export class SlotTable {
  readonly #defaults: TokenRequest;
  readonly #slots = new Map<string, Slot>();
  readonly #recency: RecencySet<Slot>;
  readonly #byScope = new Map<string, Slot>();
  readonly #made = new WeakSet<object>();
  readonly #spellings = new WeakMap<Slot, string[]>();
  readonly #onEvicted: (slot: Slot) => void;
  readonly #defaultSlot: Slot;

  constructor(defaults: TokenRequest, maxTokens: number, onEvicted: (slot: Slot) => void) {
    this.#defaults = defaults;
    this.#onEvicted = onEvicted;
    this.#recency = recencySet(maxTokens, (slot) => this.#giveUp(slot));
    const request = canonicalTokenRequest(defaults);
    this.#defaultSlot = new Slot(requestKey(request), request);
    this.#slots.set(this.#defaultSlot.key, this.#defaultSlot);
    this.#made.add(this.#defaultSlot);
  }

  /**
   * @throws {ConfigurationError} the request is malformed
   */
  find(request: TokenRequest | undefined, subject?: GrantSubject): Slot {
    if (subject !== undefined) return this.#used(this.#byKey(request ?? {}, subject));
    if (request === undefined) return this.#defaultSlot;
    const scope = onlyScope(request);
    const known = scope === undefined ? undefined : this.#byScope.get(scope);
    if (known !== undefined) return this.#used(known);
    const slot = this.#byKey(request);
    if (scope !== undefined) this.#rememberSpelling(scope, slot);
    return this.#used(slot);
  }

  #byKey(request: TokenRequest, subject?: GrantSubject): Slot {
    checkTokenRequest(request);
    const canonical = canonicalTokenRequest(mergeTokenRequests(this.#defaults, request));
    const key = requestKey(canonical, subject?.digest);
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = new Slot(key, canonical, subject);
      this.#slots.set(key, slot);
      this.#made.add(slot);
    }
    slot.subject = subject;
    return slot;
  }

  /** Whether this is the slot that requests with its key find: not another provider's, and not one that gave way. */
  holds(slot: Slot): boolean {
    return this.#slots.get(slot.key) === slot;
  }

  /** Whether this is a slot of this table, be it one that gave way. */
  made(slot: object | undefined): slot is Slot {
    return slot !== undefined && this.#made.has(slot);
  }

  /** Puts a slot whose flight has ended back among those that may give way. */
  settled(slot: Slot): void {
    if (this.holds(slot)) this.#used(slot);
  }

  *[Symbol.iterator](): Iterator<Slot> {
    yield* this.#slots.values();
  }

  clear(): void {
    this.#slots.clear();
    this.#byScope.clear();
    this.#recency.clear();
  }

  #used(slot: Slot): Slot {
    if (slot !== this.#defaultSlot) this.#recency.touch(slot);
    return slot;
  }

  #rememberSpelling(scope: string, slot: Slot): void {
    const spellings = this.#spellings.get(slot) ?? [];
    if (spellings.length >= MOST_SPELLINGS) return;
    this.#spellings.set(slot, [...spellings, scope]);
    this.#byScope.set(scope, slot);
  }

  #giveUp(slot: Slot): void {
    slot.cached = undefined;
    this.#onEvicted(slot);
    if (slot.flight !== undefined) return; // stays findable; settled() takes it back
    this.#slots.delete(slot.key);
    for (const scope of this.#spellings.get(slot) ?? []) this.#byScope.delete(scope);
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
