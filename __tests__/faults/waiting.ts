import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every few milliseconds; rejects when the time is up. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limitMs: number = 30_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(10);
  }
}

export async function within<T>(what: string, promise: Promise<T>, limitMs: number = 30_000): Promise<T> {
  const timer = new AbortController();
  const late = async (): Promise<never> => {
    await sleep(limitMs, undefined, { signal: timer.signal });
    throw new Error(`${what}: not within ${limitMs} ms`);
  };
  try {
    return await Promise.race([promise, late()]);
  } finally {
    timer.abort();
  }
}
