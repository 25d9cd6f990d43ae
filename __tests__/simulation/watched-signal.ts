/**
 * An abort signal that counts who listens to it, and whose reason is known by identity. The counting is done on the
 * very instance that the engine gets.
 */
export class WatchedSignal {
  readonly reason: object;
  readonly #controller = new AbortController();
  readonly #listeners = new Map<unknown, { readonly type: string; readonly isOnce: boolean }>();

  constructor(name: string) {
    this.reason = Object.freeze({ abortedBy: name });
    const { signal } = this.#controller;
    const add = signal.addEventListener.bind(signal) as (...given: unknown[]) => void;
    const remove = signal.removeEventListener.bind(signal) as (...given: unknown[]) => void;
    Object.assign(signal, {
      addEventListener: (type: string, listener: unknown, options?: { readonly once?: boolean }): void => {
        this.#listeners.set(listener, { type, isOnce: options?.once === true });
        add(type, listener, options);
      },
      removeEventListener: (type: string, listener: unknown, options?: object): void => {
        if (this.#listeners.get(listener)?.type === type) this.#listeners.delete(listener);
        remove(type, listener, options);
      },
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Listeners that were added and neither removed nor, being there for one event only, used up. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  abort(): void {
    this.#controller.abort(this.reason);
    for (const [listener, { isOnce }] of this.#listeners) if (isOnce) this.#listeners.delete(listener);
  }
}
