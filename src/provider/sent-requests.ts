import { TokenRequestTimeoutError } from '../errors/token-request-timeout-error.ts';
import type { Clock } from '../values/clock.ts';
import { withDeadline } from './deadline.ts';

/**
 * Requests that are seen through once they are sent, whoever gives up waiting: a refresh token that was spent is lost
 * with the answer that brings the next one.
 */
export class SentRequests {
  readonly #clock: Clock;
  readonly #attemptTimeoutMs: number;
  readonly #out = new Set<Promise<unknown>>();

  constructor(clock: Clock, attemptTimeoutMs: number) {
    this.#clock = clock;
    this.#attemptTimeoutMs = attemptTimeoutMs;
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
    const noted = work.then(
      () => {},
      () => {},
    );
    this.#out.add(noted);
    void noted.then(() => this.#out.delete(noted));
  }

  /** Waits until none is on its way, nor what came of it. */
  async settled(): Promise<void> {
    while (this.#out.size > 0) await Promise.all(this.#out);
  }
}
