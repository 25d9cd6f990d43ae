import type { StoreNews } from '../../store/token-store.ts';

/** Those who wait for another process to give a lease back, by key. */
export class WakeUps {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls `wake` at each news of the key, until the returned function is called. */
  listen(key: string, wake: () => void): () => void {
    const all = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, all.add(wake));
    return () => {
      all.delete(wake);
      if (all.size === 0 && this.#waiting.get(key) === all) this.#waiting.delete(key);
    };
  }

  tell({ key }: StoreNews): void {
    for (const wake of [...(this.#waiting.get(key) ?? [])]) {
      try {
        wake();
      } catch {} // of another request, which looks by itself
    }
  }
}
