import { FakeClock } from './fake-clock.ts';

/** Timers die with the request that set them. */
export class MortalClock extends FakeClock {
  readonly #cancel = new Set<() => void>();

  override schedule(callback: () => void, delayMs: number): () => void {
    const cancel = super.schedule(callback, delayMs);
    this.#cancel.add(cancel);
    return cancel;
  }

  /** All requests so far are over, with whatever they were doing. */
  endRequests(): void {
    for (const cancel of this.#cancel) cancel();
  }
}
