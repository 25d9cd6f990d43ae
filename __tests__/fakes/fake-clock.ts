import type { Clock } from '../../src/values/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  readonly keepAlive: boolean;
}

// Shorter where mutants are judged: many a mutant makes a test wait for ever.
const LONGEST_SETTLING_MS = (globalThis as { longestSettlingMs?: number }).longestSettlingMs ?? 20_000;

/** A clock that moves when told. Monotonic and wall time can be moved apart, as a sleeping machine or NTP does. */
export class FakeClock implements Clock {
  #monotonicMs = 5_000;
  #wallMs = Date.UTC(2030, 0, 1);
  readonly #timers = new Set<Timer>();

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  schedule(callback: () => void, delayMs: number, options?: { readonly keepAlive?: boolean }): () => void {
    const timer = { dueMs: this.#monotonicMs + delayMs, callback, keepAlive: options?.keepAlive === true };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that are set and have not run. */
  get pending(): readonly { readonly inMs: number; readonly keepAlive: boolean }[] {
    return [...this.#timers].map(({ dueMs, keepAlive }) => ({ inMs: dueMs - this.#monotonicMs, keepAlive }));
  }

  /** Lets time pass on both clocks and runs what falls due, letting promises settle after each timer. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await tick();
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > untilMs) break;
      this.#move(Math.max(0, next.dueMs - this.#monotonicMs));
      this.#timers.delete(next);
      next.callback();
      await tick();
    }
    this.#move(untilMs - this.#monotonicMs);
    await tick();
  }

  /** Runs timers that are due until the promise settles, without letting time pass. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const note = (): void => {
      isSettled = true;
    };
    promise.then(note, note);
    const startedMs = performance.now();
    while (!isSettled) {
      await this.advance(0);
      // It never will: end the test, and the loop with it.
      if (performance.now() - startedMs > LONGEST_SETTLING_MS) throw new Error('the promise did not settle');
    }
    return promise;
  }

  /** The wall clock alone is set forward (above 0) or back (below 0). */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** The machine sleeps: the wall clock goes on, the monotonic clock and all timers stand still. */
  suspend(ms: number): void {
    this.#wallMs += ms;
  }

  #move(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }
}

/** Lets everything run that waits for nothing but promises. */
export async function tick(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}
