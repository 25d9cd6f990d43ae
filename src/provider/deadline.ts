import type { Clock } from '../values/clock.ts';

/** Waits, by the given clock. Ends early, without an error, when the signal is aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(end, delayMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/**
 * Runs something that must end within a time, even if it ignores its signal: what it does after that is nobody's
 * concern.
 *
 * @param outer ends it earlier, with its own reason. Undefined: nothing does
 * @param timeoutError makes the error for the time running out
 */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  outer: AbortSignal | undefined,
  timeoutError: () => Error,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const cleanUp: (() => void)[] = [];
  const cutOff = new Promise<never>((_resolve, reject) => {
    const end = (reason: unknown): void => {
      controller.abort(reason);
      reject(reason);
    };
    const onOuterAbort = (): void => end(outer?.reason);
    outer?.addEventListener('abort', onOuterAbort);
    cleanUp.push(() => outer?.removeEventListener('abort', onOuterAbort));
    cleanUp.push(clock.schedule(() => end(timeoutError()), limitMs));
  });
  try {
    return await Promise.race([run(controller.signal), cutOff]);
  } finally {
    for (const undo of cleanUp) undo();
  }
}

/** Runs something unless the signal is aborted already, and stops waiting for it when the signal is. */
export async function unlessAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([run(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
