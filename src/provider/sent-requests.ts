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
    const noted = request.then(
      () => {},
      () => {},
    );
    this.#out.add(noted);
    void noted.then(() => this.#out.delete(noted));
    return request;
  }

  /** Waits until none is on its way. */
  async settled(): Promise<void> {
    await Promise.all(this.#out);
  }
}
