import { type Clock, systemClock } from '../values/clock.ts';
import { EMPTY_STATE, extend, invalidate, type KeyState, look, put, release, stateAt } from './key-state.ts';
import type { StoredFailure, StoredToken, StoreNews, TokenStore } from './token-store.ts';

type State = KeyState<StoredToken, StoredFailure>;

/**
 * A store in the memory of one process: for several providers in it, and as the place that a primary process holds for
 * its workers. The plainest reading of what a {@link TokenStore} has to keep.
 *
 * @param clock Default: the system's. Only its monotonic time is read.
 */
export function memoryStore(clock: Pick<Clock, 'monotonicMs'> = systemClock): TokenStore {
  const states = new Map<string, State>();
  const listeners = new Set<(news: StoreNews) => void>();

  const read = (key: string, nowMs: number): State => stateAt(states.get(key) ?? EMPTY_STATE, nowMs);

  const write = (key: string, state: State, nowMs: number): void => {
    states.delete(key); // to the end of the line
    states.set(key, state);
    // Two looks for each write reach every state in time: what is to be kept goes to the end of the line as well.
    let looks = 2;
    for (const [old, seen] of states) {
      if (looks-- === 0) break;
      states.delete(old);
      if (seen.forgetMs > nowMs) states.set(old, seen);
    }
  };

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
    decide: (state: State, nowMs: number) => State | undefined,
    news?: StoreNews,
  ): boolean => {
    const nowMs = clock.monotonicMs();
    const next = decide(read(key, nowMs), nowMs);
    if (next === undefined) return false;
    write(key, next, nowMs);
    if (news !== undefined) tell(news);
    return true;
  };

  return {
    async look(key, ask) {
      const nowMs = clock.monotonicMs();
      const [{ token, failure, ...answer }, next] = look(read(key, nowMs), ask, nowMs);
      if (next !== undefined) write(key, next, nowMs);
      return {
        ...answer,
        ...(token && { token: structuredClone(token) }),
        ...(failure && { failure: { ...structuredClone(failure.failure), pauseMs: failure.pauseMs } }),
      };
    },
    extend: async (key, owner, leaseMs) => change(key, (state, nowMs) => extend(state, owner, leaseMs, nowMs)),
    async put(key, owner, token, remainingMs) {
      const decide = (state: State, nowMs: number): State | undefined =>
        put(state, owner, structuredClone(token), remainingMs, nowMs);
      return change(key, decide, { type: 'settled', key });
    },
    async release(key, owner, failure) {
      const decide = (state: State, nowMs: number): State | undefined =>
        release(state, owner, structuredClone(failure), nowMs);
      return change(key, decide, { type: 'settled', key });
    },
    async invalidate(key, tokenId, forcedRefreshIntervalMs) {
      const decide = (state: State, nowMs: number): State | undefined =>
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
