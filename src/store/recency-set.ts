import { LRUCache } from 'lru-cache';

/** A set that holds at most so many entries and gives up the least recently used. */
export interface RecencySet<K extends object> {
  /** Puts the entry in, or marks it as the one used last. */
  touch(entry: K): void;
  delete(entry: K): void;
  clear(): void;
  readonly size: number;
}

/** @param onEvicted told of each entry that gave way to a newer one, and only of those */
export function recencySet<K extends object>(maxEntries: number, onEvicted: (entry: K) => void): RecencySet<K> {
  const entries = new LRUCache<K, true>({
    max: maxEntries,
    dispose: (_value, entry, reason) => {
      if (reason === 'evict') onEvicted(entry);
    },
  });
  return {
    touch: (entry) => {
      if (entries.get(entry) === undefined) entries.set(entry, true);
    },
    delete: (entry) => {
      entries.delete(entry);
    },
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
