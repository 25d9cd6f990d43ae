/** What a store needs of a `MessagePort`: that of the web and that of `node:worker_threads` have it. */
export interface StorePort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'close', listener: PortListener): void;
  removeEventListener(type: 'message' | 'close', listener: PortListener): void;
  start?(): void;
  unref?(): void;
}

type PortListener = (event: { readonly type: string; readonly data?: unknown }) => void;
