import { checkedObject, checkedTimeoutMs, checkNames } from '../errors/option-checks.ts';
import { systemClock } from '../values/clock.ts';
import { type Envelope, isEnvelope, type StoreMethod, storeMethods } from './port-messages.ts';
import type { StorePort } from './store-port.ts';
import type { StoreAsk, StoreNews, TokenStore } from './token-store.ts';

export { type MessagingProcess, processPort } from './process-port.ts';
export type { StorePort } from './store-port.ts';

const DEFAULT_TIMEOUT_MS = 1_000;
const KNOWN = new Set(['timeoutMs']);

/** Options of {@link messagePortStore}. */
export interface MessagePortStoreOptions {
  /** Longest time for an answer, in milliseconds, above 0. The provider's `storeTimeoutMs` may end it sooner. Default: 1,000. */
  readonly timeoutMs?: number | undefined;
}

interface Call {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The store that the other end of a port serves with {@link serveStore}: for worker threads, and for processes that
 * were forked or belong to a cluster. The port keeps no process running; an operation does, for no longer than
 * `timeoutMs`.
 *
 * @throws ConfigurationError
 */
export function messagePortStore(port: StorePort, options: MessagePortStoreOptions = {}): TokenStore {
  checkNames('', checkedObject('options', options), KNOWN);
  const timeoutMs = checkedTimeoutMs('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const calls = new Map<string, Call>();
  const listeners = new Set<(news: StoreNews) => void>();
  // Several stores may share a port: none takes the answers of another for its own.
  const name = crypto.randomUUID();
  let count = 0;
  let isOver = false;

  const hear = ({ data }: { readonly data?: unknown }): void => {
    if (!isEnvelope(data)) return;
    if (data.tokenflight === 'news') tell(data.news);
    if (data.tokenflight !== 'answer') return;
    const { id, result, error } = data;
    if (error === undefined) calls.get(id)?.resolve(result);
    else calls.get(id)?.reject(new Error(`the store failed: ${error}`));
  };
  const tell = (news: StoreNews): void => {
    for (const listener of [...listeners]) {
      try {
        if (listeners.has(listener)) listener(news);
      } catch {} // whoever listens badly disturbs nobody
    }
  };
  const end = (): void => {
    isOver = true;
    port.removeEventListener('message', hear);
    port.removeEventListener('close', end);
    for (const { reject } of calls.values()) reject(new Error('the way to the store is closed'));
    listeners.clear();
  };
  const post = (id: string, method: StoreMethod, args: readonly unknown[]): void =>
    port.postMessage({ tokenflight: 'ask', id, method, args } satisfies Envelope);
  const newId = (): string => `${name}-${count++}`;
  const call = async <T>(method: StoreMethod, ...args: readonly unknown[]): Promise<T> => {
    if (isOver) throw new Error('the way to the store is closed');
    const id = newId();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const giveUp = (): void => {
      reject(new Error(`the store did not answer within ${timeoutMs} ms`));
      if (method === 'look') forgetLook(args[0], args[1] as StoreAsk);
    };
    const stopTimer = systemClock.schedule(giveUp, timeoutMs, { keepAlive: true });
    calls.set(id, { resolve, reject });
    try {
      post(id, method, args);
      return (await promise) as T;
    } finally {
      stopTimer();
      calls.delete(id);
    }
  };
  /** It may be heard yet, and what it is granted would be for nobody: this is heard after it. */
  const forgetLook = (key: unknown, { owner }: StoreAsk): void => {
    try {
      post(newId(), 'release', [key, owner]);
    } catch {} // nor was the look heard, then
  };

  port.addEventListener('message', hear);
  port.addEventListener('close', end);
  port.start?.();
  port.unref?.();
  return {
    look: (key, ask) => call('look', key, ask),
    extend: (key, owner, leaseMs) => call('extend', key, owner, leaseMs),
    put: (key, owner, token, remainingMs) => call('put', key, owner, token, remainingMs),
    release: (key, owner, failure) => call('release', key, owner, failure),
    invalidate: (key, tokenId, forcedRefreshIntervalMs) => call('invalidate', key, tokenId, forcedRefreshIntervalMs),
    subscribe(listener) {
      const own = (news: StoreNews): void => listener(news);
      if (!isOver) listeners.add(own);
      return () => void listeners.delete(own);
    },
    close: async () => end(),
  };
}

/**
 * Lets whoever holds the other end of a port use a store, with {@link messagePortStore}. Call it before the other side
 * begins to ask. The port keeps no process running.
 *
 * @returns ends it; also the end of the port does. The store stays as it is
 */
export function serveStore(store: TokenStore, port: StorePort): () => void {
  const send = (envelope: Envelope): void => {
    try {
      port.postMessage(envelope);
    } catch {} // nobody is there any more: nobody waits either
  };
  const answer = async (id: string, method: StoreMethod, args: readonly unknown[]): Promise<void> => {
    try {
      // JSON, which processes may speak, has no word for what is left out.
      const given = args.map((argument) => argument ?? undefined);
      const run = store[method] as (...all: readonly unknown[]) => Promise<unknown>;
      send({ tokenflight: 'answer', id, result: await run.apply(store, given) });
    } catch (error) {
      send({ tokenflight: 'answer', id, error: error instanceof Error ? error.message : 'no reason given' });
    }
  };
  const hear = ({ data }: { readonly data?: unknown }): void => {
    if (!isEnvelope(data) || data.tokenflight !== 'ask' || !storeMethods.includes(data.method)) return;
    void answer(data.id, data.method, data.args);
  };
  const unsubscribe = store.subscribe((news) => send({ tokenflight: 'news', news }));
  const end = (): void => {
    unsubscribe();
    port.removeEventListener('message', hear);
    port.removeEventListener('close', end);
  };
  port.addEventListener('message', hear);
  port.addEventListener('close', end);
  port.start?.();
  port.unref?.();
  return end;
}
