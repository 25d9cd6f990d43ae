/**
 * The time and the timers a provider lives by. Give your own to test code that depends on a token's age.
 */
export interface Clock {
  /** Milliseconds that never go back. May stand still while the machine sleeps. */
  monotonicMs(): number;
  /** Milliseconds since 1970 (UTC). May be stepped in either direction. */
  wallMs(): number;
  /**
   * Calls `callback` once, after `delayMs`; the returned function takes that back. Only a timer with `keepAlive`
   * may keep the process running.
   */
  schedule(callback: () => void, delayMs: number, options?: { readonly keepAlive?: boolean }): () => void;
}

/** One instant, read from both clocks at once. */
export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

// A longer delay fires after 1 ms instead: the platforms keep it in 32 bits.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  schedule(callback, delayMs, options) {
    const timer: unknown = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    if (options?.keepAlive !== true) unref(timer);
    return () => clearTimeout(timer as number);
  },
};

export function readClock(clock: Clock): Instant {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
}

/**
 * Milliseconds since `start` by whichever clock says more: a sleeping machine stops the monotonic one, a step
 * back fools the wall clock, and a token is good only while both agree.
 */
export function elapsedMs(clock: Clock, start: Instant): number {
  return Math.max(clock.monotonicMs() - start.monotonicMs, clock.wallMs() - start.wallMs);
}

// Browsers and workers have plain numbers for timers and nothing to keep alive.
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
}
