import type { EventHub } from '../../telemetry/event-hub.ts';
import type { StoreOperation } from '../../telemetry/events.ts';
import { type BackoffPolicy, equalJitterMs } from '../../values/backoff.ts';
import type { Clock } from '../../values/clock.ts';
import type { TokenRequestSummary } from '../../values/token-request.ts';
import { withDeadline } from '../deadline.ts';

const FAILURES_UNTIL_OPEN = 3;
const OPEN: BackoffPolicy = { minDelayMs: 1_000, maxDelayMs: 30_000 };

/** What is left undone when the store cannot be used. */
export const unavailable: unique symbol = Symbol('unavailable');

/**
 * Stands between a provider and its store: each operation has a short time, and after three failures without a success
 * the store is left alone for a while (1 to 30 s, jittered), then tried with one operation: only such a trial makes that
 * grow, however many fail at once. Nothing here throws: a store may fail, a token must not.
 */
export class StoreGuard {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #random: () => number;
  readonly #events: EventHub;
  #failures = 0;
  #closedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, timeoutMs: number, random: () => number, events: EventHub) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#random = random;
    this.#events = events;
  }

  async attempt<T>(
    operation: StoreOperation,
    request: TokenRequestSummary,
    run: () => Promise<T>,
  ): Promise<T | typeof unavailable> {
    const before = this.#failures;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#closedUntilMs) return unavailable;
    // Whoever comes while the one trial is out goes on without the store.
    if (this.#failures >= FAILURES_UNTIL_OPEN) this.#closedUntilMs = nowMs + this.#timeoutMs;
    try {
      const timeout = (): Error => new StoreTimeout();
      const result = await withDeadline(this.#clock, this.#timeoutMs, undefined, timeout, async () => run());
      this.#failures = 0;
      this.#closedUntilMs = Number.NEGATIVE_INFINITY;
      return result;
    } catch (error) {
      const most = Math.max(before + 1, FAILURES_UNTIL_OPEN);
      this.#failures = Math.max(this.#failures, Math.min(this.#failures + 1, most));
      const opens = this.#failures - FAILURES_UNTIL_OPEN + 1;
      const pauseMs = opens > 0 ? equalJitterMs(opens, OPEN, this.#random()) : 0;
      this.#closedUntilMs = this.#clock.monotonicMs() + pauseMs;
      if (this.#events.isHeard)
        this.#events.emit({ type: 'store-failed', request, operation, why: whyOf(error), pauseMs });
      return unavailable;
    }
  }
}

class StoreTimeout extends Error {}

/**
 * A word that tells failures apart. Never the message itself: clients put the command and its arguments in there.
 */
function whyOf(error: unknown): string {
  if (error instanceof StoreTimeout) return 'timeout';
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  if (typeof code === 'string' && /^[A-Z][A-Z_]{1,31}$/.test(code)) return code;
  return (typeof message === 'string' && /^[A-Z]{2,31}(?= )/.exec(message)?.[0]) || 'error'; // as Redis: `READONLY You …`
}
