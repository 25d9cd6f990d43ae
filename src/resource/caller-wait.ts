const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** All that may end a caller's wait. */
export interface CallerWait {
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds. Default: none; and none is what 0 means, and whatever is longer than timers can wait (24.8 days). */
  readonly timeoutMs?: number | undefined;
  /** A way to cancel that is older than signals. */
  readonly cancellation?: CancellationEvents | undefined;
}

export interface CancellationEvents {
  subscribe(listener: () => void): void;
  unsubscribe(listener: () => void): void;
}

/**
 * Waits as long as the caller does, and rejects with the signal's reason where that has ended first.
 *
 * @param timeoutError is thrown where it was the time that ended it
 */
export async function callerWait<T>(
  { signal, timeoutMs, cancellation }: CallerWait,
  wait: (signal: AbortSignal | undefined) => Promise<T>,
  timeoutError: () => Promise<unknown>,
): Promise<T> {
  const cancelled = new AbortController();
  const cancel = (): void => cancelled.abort();
  cancellation?.subscribe(cancel);
  const ms = Math.ceil(Number(timeoutMs)); // clients reckon with fractions, and take texts
  const deadline = ms > 0 && ms <= LONGEST_TIMER_MS ? AbortSignal.timeout(ms) : undefined;
  const ends = [signal, cancellation && cancelled.signal, deadline].filter((end) => end !== undefined);
  const end = ends.length > 1 ? AbortSignal.any(ends) : ends[0];
  try {
    const result = await wait(end);
    end?.throwIfAborted();
    return result;
  } catch (error) {
    throw deadline?.aborted && end?.reason === deadline.reason ? await timeoutError() : error;
  } finally {
    cancellation?.unsubscribe(cancel);
  }
}
