import { type Clock, systemClock } from '../values/clock.ts';
import type { StoreAnswer, StoreAsk, StoredFailure, StoredToken, StoreNews, TokenStore } from './token-store.ts';

interface Entry {
  token?: { readonly stored: StoredToken; readonly endsMs: number };
  failure?: { readonly stored: StoredFailure; readonly endsMs: number };
  lease?: { readonly owner: string; readonly sinceMs: number; readonly endsMs: number };
  generation: number;
  wasRejected?: boolean;
  forgetMs: number;
}

// A generation is remembered beyond the token's life: no late leader may be taken for the next one.
const GENERATION_MEMORY_MS = 24 * 60 * 60 * 1_000;

/**
 * A store in the memory of one process: for several providers in it, and as the place that a primary process holds for
 * its workers. The plainest reading of what a {@link TokenStore} has to keep.
 *
 * @param clock Default: the system's. Only its monotonic time is read.
 */
export function memoryStore(clock: Pick<Clock, 'monotonicMs'> = systemClock): TokenStore {
  const entries = new Map<string, Entry>();
  const listeners = new Set<(news: StoreNews) => void>();

  /** What is still valid under a key. */
  const read = (key: string): Entry => {
    const nowMs = clock.monotonicMs();
    const entry = entries.get(key) ?? { generation: 0, forgetMs: 0 };
    for (const part of ['token', 'failure', 'lease'] as const) {
      if ((entry[part]?.endsMs ?? Number.POSITIVE_INFINITY) <= nowMs) delete entry[part];
    }
    return entry;
  };

  const write = (key: string, entry: Entry): void => {
    const ends = [entry.token, entry.failure, entry.lease].map((part) => part?.endsMs ?? 0);
    entry.forgetMs = Math.max(entry.forgetMs, ...ends);
    entries.delete(key); // to the end of the line
    entries.set(key, entry);
    const nowMs = clock.monotonicMs();
    // Two looks for each write reach every entry in time: what is to be kept goes to the end of the line as well.
    let looks = 2;
    for (const [old, seen] of entries) {
      if (looks-- === 0) break;
      entries.delete(old);
      if (seen.forgetMs > nowMs) entries.set(old, seen);
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

  const look = (key: string, ask: StoreAsk): StoreAnswer => {
    const nowMs = clock.monotonicMs();
    const entry = read(key);
    const { token, failure, lease, generation, wasRejected } = entry;
    const remainingMs = token ? token.endsMs - nowMs : 0;
    const found = token && { token: structuredClone(token.stored), remainingMs };
    const answer = { generation, wasRejected };
    if (ask.always !== true) {
      const leastMs = Math.max(ask.minRemainingMs ?? 0, token?.stored.marginMs ?? 0);
      if (found && found.token.id !== ask.unwantedId && remainingMs > leastMs) return { ...answer, token: found };
      if (failure)
        return { ...answer, failure: { ...structuredClone(failure.stored), pauseMs: failure.endsMs - nowMs } };
    }
    const held = ask.always === true && found ? { ...answer, token: found } : answer;
    if (lease && lease.owner !== ask.owner) return { ...held, lease: { remainingMs: lease.endsMs - nowMs } };
    entry.lease = { owner: ask.owner, sinceMs: lease?.sinceMs ?? nowMs, endsMs: nowMs + ask.leaseMs };
    write(key, entry);
    return { ...held, lease: 'held' };
  };

  /** Does something with the entry that only the holder of its lease may do. */
  const asHolder = (key: string, owner: string, act: (entry: Entry, nowMs: number) => void): boolean => {
    const entry = read(key);
    if (entry.lease?.owner !== owner) return false;
    act(entry, clock.monotonicMs());
    write(key, entry);
    return true;
  };

  return {
    look: async (key, ask) => look(key, ask),
    extend: async (key, owner, leaseMs) =>
      asHolder(key, owner, (entry, nowMs) => {
        if (entry.lease) entry.lease = { ...entry.lease, endsMs: nowMs + leaseMs };
      }),
    put: async (key, owner, token, remainingMs) =>
      asHolder(key, owner, (entry, nowMs) => {
        const sinceMs = entry.lease?.sinceMs ?? nowMs;
        const endsMs = Math.min(nowMs + remainingMs, sinceMs + token.lifetimeMs);
        entry.token = { stored: structuredClone(token), endsMs };
        entry.generation++;
        entry.forgetMs = Math.max(entry.forgetMs, Math.max(endsMs, nowMs) + GENERATION_MEMORY_MS);
        delete entry.lease;
        delete entry.failure;
        delete entry.wasRejected;
        tell({ type: 'settled', key });
      }),
    release: async (key, owner, failure) =>
      asHolder(key, owner, (entry, nowMs) => {
        delete entry.lease;
        if (failure) entry.failure = { stored: structuredClone(failure), endsMs: nowMs + failure.pauseMs };
        tell({ type: 'settled', key });
      }),
    async invalidate(key, tokenId, forcedRefreshIntervalMs) {
      const entry = read(key);
      const { token } = entry;
      if (token?.stored.id !== tokenId) return false;
      const ageMs = token.stored.lifetimeMs - (token.endsMs - clock.monotonicMs());
      if (token.stored.isForced && ageMs < forcedRefreshIntervalMs) return false;
      delete entry.token;
      entry.wasRejected = true;
      write(key, entry);
      tell({ type: 'invalidated', key, tokenId });
      return true;
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
