import { ConfigurationError } from '../errors/configuration-error.ts';
import { pause, unlessAborted } from './deadline.ts';
import type { Flight, FlightPlan, Flights } from './flight.ts';

export {
  type DurableObjectStoreOptions,
  durableObjectStore,
  type ObjectNamespace,
} from '../store/workers/durable-object-store.ts';
export {
  cacheTier,
  kvTier,
  type ReadTier,
  type ReadTierOptions,
  type TierCache,
  type TierNamespace,
} from '../store/workers/read-tier.ts';
export { type ObjectState, TokenStoreObject } from '../store/workers/token-store-object.ts';

/** Options of {@link perRequest}. */
export interface PerRequestOptions {
  /**
   * Keeps the current request alive until the promise settles, such as `waitUntil` of `cloudflare:workers`: a token request
   * then outlives the response, and the client who went away. Of an `ExecutionContext` not the bare method: it throws.
   */
  waitUntil(promise: Promise<unknown>): void;
}

const BEAT_MS = 250;
/** Above it nobody flies any more. */
const LONGEST_SILENCE_MS = 4 * BEAT_MS;
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * For Cloudflare Workers, where a promise, a timer or a signal belongs to the request that made it, and dies with it:
 * requests share values only. Whoever finds a token request of another on its way looks again and again, by timers of its
 * own, for what came of it; and begins another if the first one has gone silent for a second.
 *
 * Where `waitUntil` throws and has never worked, calls that need a token fail with a `ConfigurationError`.
 *
 * @throws {ConfigurationError}
 * @example
 * import { waitUntil } from 'cloudflare:workers';
 * const tokens = new TokenProvider({ …, flights: perRequest({ waitUntil }) });
 */
export function perRequest(options: PerRequestOptions): Flights {
  if (typeof options?.waitUntil !== 'function') throw new ConfigurationError('waitUntil', 'must be a function');
  let hasWorked = false;
  /** @returns what it threw, if it never did anything else */
  const kept = (work: Promise<unknown>): { readonly problem?: unknown } => {
    try {
      options.waitUntil(work);
      hasWorked = true;
    } catch (problem) {
      if (!hasWorked) return { problem };
    } // outside of a request: it lives as long as it can
    return {};
  };
  return {
    keepAlive: (work) => void kept(work),
    begin(plan) {
      const flight = new RequestFlight(plan);
      const result = kept(flight.landed);
      if ('problem' in result) flight.abort(new ConfigurationError('waitUntil', 'throws', result.problem));
      return flight;
    },
  };
}

type Result<T> = { readonly value: T } | { readonly error: unknown };

/** A flight that belongs to the request that began it. The others read its values. */
class RequestFlight<T> implements Flight<T> {
  /** Settles with the flight, and never rejects. */
  readonly landed: Promise<void>;
  readonly #plan: FlightPlan<T>;
  readonly #controller = new AbortController();
  readonly #landing: Promise<T>;
  #result: Result<T> | undefined;
  #next: Flight<T> | undefined;
  #beatMs = 0;
  #stopBeating = (): void => {};
  #isBeginning = true;
  #isDemanded = false;

  constructor(plan: FlightPlan<T>) {
    this.#plan = plan;
    this.#landing = Promise.resolve().then(() => plan.fly(this));
    this.landed = this.#landing.then(
      (value) => this.#land({ value }),
      (error: unknown) => this.#land({ error }),
    );
    this.#beat();
    // Whoever waits before this runs is the call that began the flight, and so of its request.
    queueMicrotask(() => {
      this.#isBeginning = false;
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isDemanded(): boolean {
    return this.#isDemanded;
  }

  get isLost(): boolean {
    return this.#result === undefined && this.#plan.clock.monotonicMs() - this.#beatMs > LONGEST_SILENCE_MS;
  }

  async wait(signal?: AbortSignal, fallback?: Promise<T>): Promise<T> {
    signal?.throwIfAborted(); // before anything begins that nobody would wait for
    if (fallback === undefined) this.demand();
    const over = new AbortController();
    const landing = this.#isBeginning ? this.#landing : this.#watch(over.signal, signal, fallback);
    const first = fallback === undefined ? landing : Promise.race([landing, fallback]);
    try {
      return await (signal === undefined ? first : unlessAborted(signal, () => first));
    } finally {
      over.abort();
    }
  }

  demand(): void {
    this.#isDemanded = true;
  }

  abort(reason: Error): void {
    this.#result ??= { error: reason };
    try {
      this.#controller.abort(reason);
    } catch {} // of another request: the next beat does it
  }

  giveWayTo(next: Flight<T>): void {
    this.#next = next;
  }

  /** Runs in the request of the flight, as long as that lives. */
  #beat(): void {
    const { clock } = this.#plan;
    this.#beatMs = clock.monotonicMs();
    if (this.#result !== undefined && 'error' in this.#result) this.#controller.abort(this.#result.error);
    this.#stopBeating = clock.schedule(() => this.#beat(), BEAT_MS);
  }

  #land(result: Result<T>): void {
    this.#stopBeating();
    this.#result ??= result;
  }

  async #watch(over: AbortSignal, signal: AbortSignal | undefined, fallback: Promise<T> | undefined): Promise<T> {
    let wasLost = false;
    for (let pauseMs = SHORTEST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      if (this.#result !== undefined) {
        if ('error' in this.#result) throw this.#result.error;
        return this.#result.value;
      }
      // An isolate that was busy ran no timers: a beat may be due right behind this very look.
      if (this.isLost && wasLost) {
        this.#next ??= this.#plan.again(); // also where that has landed by now
        return this.#next.wait(signal, fallback);
      }
      wasLost = this.isLost;
      await pause(this.#plan.clock, pauseMs, over);
      over.throwIfAborted();
    }
  }
}
