import { checkedFunction, checkedObject } from '../errors/option-checks.ts';
import { type Clock, systemClock } from '../values/clock.ts';
import { type Entry, EntryTable, type State } from './entry-table.ts';
import { extend, invalidate, look, put, release, wasPut } from './key-state.ts';
import type { StoreNews, TokenStore } from './token-store.ts';

/**
 * A store in the memory of one process: for several providers in it, and as the place that a primary process holds for
 * its workers. The plainest reading of what a {@link TokenStore} has to keep.
 *
 * @param clock Default: the system's. Only its monotonic time is read.
 * @throws {ConfigurationError}
 */
export function memoryStore(clock: Pick<Clock, 'monotonicMs'> = systemClock): TokenStore {
  checkedFunction('clock.monotonicMs', checkedObject('clock', clock)['monotonicMs']);
  return storeOf(new EntryTable(clock));
}

/** The store whose entries these are. */
export function storeOf(entries: EntryTable): TokenStore {
  const listeners = new Set<(news: StoreNews) => void>();

  const tell = (news: StoreNews): void => {
    for (const listener of [...listeners]) {
      queueMicrotask(() => {
        try {
          if (listeners.has(listener)) listener(news);
        } catch {} // whoever listens badly disturbs nobody
      });
    }
  };

  /** @param decide the state that follows, if any does */
  const change = (
    key: string,
    decide: (entry: Entry, nowMs: number) => State | undefined,
    news?: StoreNews,
  ): boolean => {
    const next = decide(entries.read(key), entries.nowMs());
    if (next === undefined) return false;
    entries.write(key, next);
    if (news !== undefined) tell(news);
    return true;
  };

  return {
    async look(key, ask) {
      const [{ token, failure, ...answer }, next] = look(entries.read(key), ask, entries.nowMs());
      if (next !== undefined) entries.write(key, next);
      return {
        ...answer,
        ...(token && { token: structuredClone(token) }),
        ...(failure && { failure: { ...structuredClone(failure.failure), pauseMs: failure.pauseMs } }),
      };
    },
    extend: async (key, owner, leaseMs) => change(key, (state, nowMs) => extend(state, owner, leaseMs, nowMs)),
    async put(key, owner, token, remainingMs) {
      const decide = (state: Entry, nowMs: number): State | undefined =>
        put(state, owner, structuredClone(token), remainingMs, nowMs);
      return change(key, decide, { type: 'settled', key }) || wasPut(entries.read(key), token.id);
    },
    async release(key, owner, failure) {
      const decide = (state: Entry, nowMs: number): State | undefined =>
        release(state, owner, structuredClone(failure), nowMs);
      return change(key, decide, { type: 'settled', key });
    },
    async invalidate(key, tokenId, forcedRefreshIntervalMs) {
      const decide = (state: Entry, nowMs: number): State | undefined =>
        invalidate(state, tokenId, forcedRefreshIntervalMs, nowMs);
      return change(key, decide, { type: 'invalidated', key, tokenId });
    },
    subscribe(listener) {
      const own = (news: StoreNews): void => listener(news);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    async close() {
      listeners.clear();
    },
  };
}
