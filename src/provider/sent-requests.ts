import { TokenRequestTimeoutError } from '../errors/token-request-timeout-error.ts';
import type { Clock } from '../values/clock.ts';
import { withDeadline } from './deadline.ts';
import type { Flight, Flights } from './flight.ts';

/**
 * Requests that are seen through once they are sent, whoever gives up waiting: a refresh token that was spent is lost
 * with the answer that brings the next one.
 */
export class SentRequests {
  readonly #clock: Clock;
  readonly #attemptTimeoutMs: number;
  readonly #flights: Flights;
  readonly #out = new Set<Flight<void>>();

  /** @param flights whoever waits may be another than who sent, and outlive it */
  constructor(clock: Clock, attemptTimeoutMs: number, flights: Flights) {
    this.#clock = clock;
    this.#attemptTimeoutMs = attemptTimeoutMs;
    this.#flights = flights;
  }

  /**
   * @param send is given `attemptTimeoutMs` from now, and a signal that nothing else aborts
   */
  seeThrough<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = (): Error =>
      new TokenRequestTimeoutError('attemptTimeoutMs', this.#attemptTimeoutMs, {
        nowMs: () => this.#clock.monotonicMs(),
      });
    const request = withDeadline(this.#clock, this.#attemptTimeoutMs, undefined, timeout, send);
    this.note(request);
    return request;
  }

  /** What else has to end before a process may, for the sake of what a request brought. */
  note(work: Promise<unknown>): void {
    const over = work.then(
      () => {},
      () => {},
    );
    for (const one of this.#out) if (one.isLost) this.#out.delete(one);
    this.#out.add(this.#begin((flight) => over.then(() => void this.#out.delete(flight))));
  }

  /** Waits until none is on its way, nor what came of it. What was lost with who sent it is waited for no longer. */
  async settled(): Promise<void> {
    for (const one of this.#out) {
      await one.wait();
      this.#out.delete(one);
    }
  }

  #begin(fly: (flight: Flight<void>) => Promise<void>): Flight<void> {
    return this.#flights.begin({ fly, again: () => this.#begin(async () => {}), clock: this.#clock });
  }
}
