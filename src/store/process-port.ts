import type { StorePort } from './store-port.ts';

/** `process` in a process that was forked; in the one that forked it, the `ChildProcess` or `cluster`'s `Worker`. */
export interface MessagingProcess {
  send?(message: object, callback: (error: Error | null) => void): unknown;
  on(event: 'message' | 'disconnect', listener: (message?: unknown) => void): unknown;
  off(event: 'message' | 'disconnect', listener: (message?: unknown) => void): unknown;
}

/** The same, as far as `process` alone has it. */
interface OwnProcess extends MessagingProcess {
  on(event: 'message' | 'disconnect' | 'newListener' | 'removeListener', listener: (value?: unknown) => void): unknown;
  listenerCount(event: 'message' | 'disconnect'): number;
  readonly channel?: { ref(): void; unref(): void } | null;
}

/** How many listeners of `process` are ours. */
let ownListeners = 0;
let isWatching = false;

/**
 * A process, or what stands for it on the other side, in the form of a port. Messages of others that go the same way
 * are left alone.
 */
export function processPort(process: MessagingProcess): StorePort {
  const own = asOwnProcess(process);
  const hearers = new Map<unknown, (data?: unknown) => void>();
  const closers = new Set<() => void>();
  return {
    postMessage(message) {
      if (process.send === undefined) throw new Error('this process was not forked: nobody is at the other end');
      // Without this callback a lost message would end the process.
      process.send(message as object, (error) => {
        if (error) for (const close of [...closers]) close();
      });
    },
    addEventListener(type, listener) {
      const hear = (data?: unknown): void => listener({ type, data });
      hearers.set(listener, hear);
      if (type === 'close') closers.add(hear);
      if (own) ownListeners++;
      process.on(eventOf(type), hear);
    },
    removeEventListener(type, listener) {
      const hear = hearers.get(listener);
      if (hear === undefined) return;
      hearers.delete(listener);
      closers.delete(hear);
      if (own) ownListeners--;
      process.off(eventOf(type), hear);
    },
    unref() {
      if (own) keepRunningForOthersOnly(own);
    },
  };
}

const eventOf = (type: 'message' | 'close'): 'message' | 'disconnect' => (type === 'close' ? 'disconnect' : 'message');

const asOwnProcess = (process: MessagingProcess): OwnProcess | undefined =>
  process === (globalThis as { process?: unknown }).process ? (process as OwnProcess) : undefined;

/** A process runs on while it listens to its channel: not for our sake, but for that of others as before. */
function keepRunningForOthersOnly(process: OwnProcess): void {
  const update = (): void => {
    const all = process.listenerCount('message') + process.listenerCount('disconnect');
    if (all > ownListeners) process.channel?.ref();
    else process.channel?.unref();
  };
  const updateSoon = (event?: unknown): void => {
    if (event === 'message' || event === 'disconnect') queueMicrotask(update);
  };
  update();
  if (isWatching) return;
  isWatching = true;
  process.on('newListener', updateSoon);
  process.on('removeListener', updateSoon);
}
