import type { Clock } from '../../src/values/clock.ts';

interface Timer {
  readonly dueMs: number;
  /** Timers of the same instant run in the order in which they were set. */
  readonly number: number;
  callback: (() => void) | undefined;
}

/** Time that jumps from one timer to the next: a day of ten thousand processes passes in seconds. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #made = 0;
  /** A binary heap: the timer that is due first is at the top. */
  readonly #heap: Timer[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), number: this.#made++, callback };
    this.#push(timer);
    return () => {
      timer.callback = undefined; // it leaves the heap when it would have been due
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.schedule(resolve, ms));
  }

  /** Lets time pass, and after each instant everything that waits for nothing but promises. */
  async runUntil(endMs: number): Promise<void> {
    await turn();
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= endMs; next = this.#heap[0]) {
      this.#nowMs = next.dueMs;
      let hasRun = false;
      for (; next !== undefined && next.dueMs <= this.#nowMs; next = this.#heap[0]) {
        this.#pop();
        hasRun ||= next.callback !== undefined;
        next.callback?.();
      }
      if (hasRun) await turn();
    }
    this.#nowMs = endMs;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isEarlier(timer, heap[parent] as Timer)) break;
      heap[index] = heap[parent] as Timer;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      const right = heap[child + 1];
      if (right !== undefined && isEarlier(right, heap[child] as Timer)) child++;
      if (!isEarlier(heap[child] as Timer, last)) break;
      heap[index] = heap[child] as Timer;
      index = child;
    }
    heap[index] = last;
  }
}

function isEarlier(one: Timer, other: Timer): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.number < other.number);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
