import type { Clock, Instant } from '../../src/values/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
  /** Set by the engine through {@link Clock.schedule}; the others belong to the simulated world. */
  readonly isEngines: boolean;
}

/** What goes on while time does. */
export interface Meanwhile {
  /** Which of so many timers that are due at the same instant fires first. */
  pick(count: number): number;
  beforeTimer(): void;
  /** Runs between two timers of the same instant. */
  afterTimer(): Promise<void>;
  /** @returns whether to go on */
  beforeTimeMoves(): Promise<boolean>;
}

/**
 * A clock that moves only when told. Monotonic and wall time are separate; timers follow the monotonic one, in whole
 * milliseconds and never under one, as the platforms' do. All instants stay whole numbers, so that an edge is hit exactly.
 */
export class FakeClock implements Clock {
  #monotonicMs = 1_000;
  #wallMs: number = Date.UTC(2030, 0, 1);
  readonly #timers = new Set<Timer>();

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  read(): Instant {
    return { monotonicMs: this.#monotonicMs, wallMs: this.#wallMs };
  }

  /** For the engine. */
  schedule(callback: () => void, delayMs: number): () => void {
    return this.#add({ dueMs: this.#dueMs(delayMs), callback, isEngines: true });
  }

  /** For the world around it: a server that answers later. */
  after(delayMs: number, callback: () => void): () => void {
    return this.#add({ dueMs: this.#dueMs(delayMs), callback, isEngines: false });
  }

  /** How many timers the engine has running. */
  get outstanding(): number {
    let count = 0;
    for (const timer of this.#timers) if (timer.isEngines) count++;
    return count;
  }

  /** Until the next timer is due, in milliseconds. */
  get untilNextMs(): number | undefined {
    const dueMs = this.#nextDueMs();
    return dueMs === undefined ? undefined : dueMs - this.#monotonicMs;
  }

  /** Moves both clocks forward, and stops at each timer on the way. */
  async advance(ms: number, meanwhile: Meanwhile): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    for (;;) {
      if ((this.untilNextMs ?? 1) > 0 && !(await meanwhile.beforeTimeMoves())) return;
      const dueMs = this.#nextDueMs();
      if (dueMs === undefined || dueMs > untilMs) return this.#moveTo(untilMs);
      this.#moveTo(dueMs);
      const due = [...this.#timers].filter((timer) => timer.dueMs <= dueMs);
      const timer = due[meanwhile.pick(due.length)] as Timer;
      this.#timers.delete(timer);
      meanwhile.beforeTimer();
      timer.callback();
      await meanwhile.afterTimer();
    }
  }

  /** Somebody sets the wall clock, forward or back. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** The machine sleeps: the wall clock goes on, the monotonic one and all timers stand still. */
  suspend(ms: number): void {
    this.#wallMs += ms;
  }

  #moveTo(monotonicMs: number): void {
    const ms = Math.max(0, monotonicMs - this.#monotonicMs);
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  #nextDueMs(): number | undefined {
    let dueMs: number | undefined;
    for (const timer of this.#timers) if (dueMs === undefined || timer.dueMs < dueMs) dueMs = timer.dueMs;
    return dueMs;
  }

  #dueMs(delayMs: number): number {
    return this.#monotonicMs + Math.max(1, Math.ceil(delayMs));
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}
