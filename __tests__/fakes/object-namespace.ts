import { type ObjectState, TokenStoreObject } from '../../src/store/workers/token-store-object.ts';

/** A socket of the platform, as both ends see it. */
class NewsSocket extends EventTarget {
  accept(): void {}
  close(): void {}
  send(data: string): void {
    queueMicrotask(() => this.dispatchEvent(new MessageEvent('message', { data })));
  }
}

/** A namespace whose objects live in this process. Only memory is lost when they are restarted. */
export class ObjectNamespace {
  readonly storage: Map<string, unknown> = new Map();
  readonly asked: string[] = [];
  alarmMs: number | null = null;
  /** Thrown, one at a time, in place of an answer; `after`: when the object has done its work. */
  readonly failures: { readonly error: unknown; readonly after?: boolean }[] = [];
  #gate: Promise<unknown> = Promise.resolve();
  readonly #sockets: NewsSocket[] = [];
  #objects = new Map<string, TokenStoreObject>();

  idFromName(name: string): string {
    return name;
  }

  get(name: string): { fetch(url: string, init: RequestInit): Promise<Response> } {
    const object = this.#objects.get(name) ?? new TokenStoreObject(this.#state(name));
    this.#objects.set(name, object);
    return {
      fetch: async (url, init) => {
        this.asked.push(url);
        const failure = this.failures.shift();
        if (failure && failure.after !== true) throw failure.error;
        // Node.js has neither the pair nor a Response for an upgrade.
        if (url.endsWith('/news')) return this.#upgraded();
        const answer = await this.#inTurn(() => object.fetch(new Request(url, init)));
        if (failure) throw failure.error;
        return answer;
      },
    };
  }

  restart(): void {
    this.#objects = new Map();
  }

  async ring(name: string): Promise<void> {
    this.alarmMs = null;
    this.get(name);
    await this.#objects.get(name)?.alarm();
  }

  /** As by the input gate, nothing comes between what an operation reads and what it writes. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#gate.then(run);
    this.#gate = turn.catch(() => {});
    return turn;
  }

  #upgraded(): Response {
    const webSocket = new NewsSocket();
    this.#sockets.push(webSocket);
    return { webSocket } as unknown as Response;
  }

  #state(name: string): ObjectState {
    const of = (key: string): string => `${name} ${key}`;
    return {
      storage: {
        get: async (key) => structuredClone(this.storage.get(of(key))),
        put: async (key, value) => void this.storage.set(of(key), structuredClone(value)),
        delete: async (key) => this.storage.delete(of(key)),
        list: async () =>
          new Map(
            [...this.storage].flatMap(([key, value]) =>
              key.startsWith(of('')) ? [[key.slice(of('').length), value]] : [],
            ),
          ),
        getAlarm: async () => this.alarmMs,
        setAlarm: async (ms) => {
          this.alarmMs = ms;
        },
      },
      acceptWebSocket: () => {},
      getWebSockets: () => this.#sockets,
    };
  }
}
