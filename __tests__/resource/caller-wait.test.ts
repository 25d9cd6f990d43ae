import { describe, expect, it, jest } from '@jest/globals';
import { callerWait } from '../../src/resource/caller-wait.ts';

const never = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
const timeoutError = async (): Promise<Error> => new Error('too slow');

/** Whoever listens for a cancellation, as older clients have it. */
class Cancellation {
  readonly listeners = new Set<() => void>();

  subscribe(listener: () => void): void {
    this.listeners.add(listener);
  }

  unsubscribe(listener: () => void): void {
    this.listeners.delete(listener);
  }
}

describe('a wait', () => {
  it('is handed the very signal of the caller where nothing else may end it', async () => {
    const { signal } = new AbortController();
    const wait = jest.fn(async (_signal: AbortSignal | undefined) => 'done');
    expect(await callerWait({ signal, timeoutMs: 0 }, wait, timeoutError)).toBe('done');
    expect(await callerWait({}, wait, timeoutError)).toBe('done');
    expect(wait.mock.calls).toEqual([[signal], [undefined]]);
  });

  it('is ended by the signal, with its reason, also where it has its result', async () => {
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const late = callerWait(
      { signal: controller.signal },
      async () => {
        controller.abort(reason);
        return 'done';
      },
      timeoutError,
    );
    await expect(late).rejects.toBe(reason);
    await expect(callerWait({ signal: controller.signal, timeoutMs: 60_000 }, never, timeoutError)).rejects.toBe(
      reason,
    );
  });

  it('is ended by a cancellation, and listens no longer', async () => {
    const cancellation = new Cancellation();
    const waiting = callerWait({ cancellation, timeoutMs: 60_000 }, never, timeoutError);
    const [cancel] = cancellation.listeners;
    cancel?.();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(cancellation.listeners.size).toBe(0);
  });

  it.each([5, 4.2, '5'])('is ended after a time of %j ms', async (timeoutMs) => {
    const waiting = callerWait(
      { timeoutMs: timeoutMs as number, signal: new AbortController().signal },
      never,
      timeoutError,
    );
    await expect(waiting).rejects.toThrow('too slow');
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'is not ended by a time of %j ms',
    async (timeoutMs) => {
      const timeout = jest.spyOn(AbortSignal, 'timeout');
      expect(await callerWait({ timeoutMs }, async () => 'done', timeoutError)).toBe('done');
      expect(timeout).not.toHaveBeenCalled();
      timeout.mockRestore();
    },
  );

  it('fails as what is waited for fails', async () => {
    const error = new Error('mine');
    await expect(callerWait({ timeoutMs: 60_000 }, () => Promise.reject(error), timeoutError)).rejects.toBe(error);
  });
});
