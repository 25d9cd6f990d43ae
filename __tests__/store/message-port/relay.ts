import type { StoreNews, TokenStore } from '../../../src/store/token-store.ts';

/** What a test has a store in another thread or process do, and what it hears of it. */
export type Order =
  | { readonly order: 'run'; readonly id: number; readonly method: keyof TokenStore; readonly args: readonly unknown[] }
  | { readonly order: 'subscribe' };
export type Report =
  | { readonly report: 'ready' | 'subscribed' }
  | { readonly report: 'ran'; readonly id: number; readonly result?: unknown; readonly error?: string }
  | { readonly report: 'news'; readonly news: StoreNews };

/** In the other thread or process: does what it is told, with the store that it has. */
export function obey(store: TokenStore, send: (report: Report) => void): (message: unknown) => void {
  send({ report: 'ready' });
  return async (message) => {
    const order = message as Order;
    if (order.order === 'subscribe') {
      store.subscribe((news) => send({ report: 'news', news }));
      send({ report: 'subscribed' });
    }
    if (order.order !== 'run') return;
    try {
      const run = store[order.method] as (...args: readonly unknown[]) => unknown;
      const args = order.args.map((argument) => argument ?? undefined);
      send({ report: 'ran', id: order.id, result: await run(...args) });
    } catch (error) {
      send({ report: 'ran', id: order.id, error: String(error) });
    }
  };
}

/** In the test: the store of another thread or process, as if it were here. */
export class RemoteStore implements TokenStore {
  readonly #send: (order: Order) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Set<(news: StoreNews) => void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #subscribed = Promise.withResolvers<void>();

  constructor(send: (order: Order) => void, onReport: (hear: (message: unknown) => void) => void) {
    this.#send = send;
    onReport((message) => this.#hear(message as Report));
  }

  async subscribed(): Promise<void> {
    await this.#ready.promise;
    this.#send({ order: 'subscribe' });
    await this.#subscribed.promise;
  }

  look: TokenStore['look'] = (...args) => this.#run('look', args);
  extend: TokenStore['extend'] = (...args) => this.#run('extend', args);
  put: TokenStore['put'] = (...args) => this.#run('put', args);
  release: TokenStore['release'] = (...args) => this.#run('release', args);
  invalidate: TokenStore['invalidate'] = (...args) => this.#run('invalidate', args);
  close: TokenStore['close'] = () => this.#run('close', []);

  subscribe(listener: (news: StoreNews) => void): () => void {
    const own = (news: StoreNews): void => listener(news);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #run<T>(method: keyof TokenStore, args: readonly unknown[]): Promise<T> {
    const id = this.#waiting.size;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#send({ order: 'run', id, method, args });
    return waiting.promise as Promise<T>;
  }

  #hear(message: Report): void {
    if (message.report === 'ready') this.#ready.resolve();
    if (message.report === 'subscribed') this.#subscribed.resolve();
    if (message.report === 'ran' && message.error === undefined) this.#waiting.get(message.id)?.resolve(message.result);
    if (message.report === 'ran') this.#waiting.get(message.id)?.reject(new Error(message.error));
    if (message.report !== 'news') return;
    for (const listener of this.#listeners) {
      try {
        listener(message.news);
      } catch {} // as the store itself does
    }
  }
}
