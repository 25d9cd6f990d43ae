/** What has arrived at a server so far; tests wait for the next one in place of a time. */
export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #awaited = new Map<number, () => void>();

  add(item: T): void {
    this.all.push(item);
    this.#awaited.get(this.all.length)?.();
  }

  /** Resolves once so many have arrived. */
  reached(count: number): Promise<void> {
    if (this.all.length >= count) return Promise.resolve();
    return new Promise((resolve) => {
      const earlier = this.#awaited.get(count);
      this.#awaited.set(count, () => {
        earlier?.();
        resolve();
      });
    });
  }
}
