/** What a worker process is to be. */
export interface WorkerSettings {
  readonly index: number;
  readonly tokenUrl: string;
  readonly redisPort: number;
  /** How far its wall clock is off, in milliseconds. */
  readonly clockOffsetMs: number;
  readonly storeTimeoutMs: number;
  readonly refreshAt: number | undefined;
  readonly expiryMarginMs: number | undefined;
}

export type ToWorker =
  | { readonly type: 'begin'; readonly settings: WorkerSettings }
  /** So many callers at once. */
  | { readonly type: 'herd'; readonly callers: number }
  /** Another provider in the same process, which has no token yet, gets one. */
  | { readonly type: 'newcomer' }
  /** From now on, so many calls a second. */
  | { readonly type: 'load'; readonly ratePerSecond: number }
  /** Answered once every call that was made before is over. */
  | { readonly type: 'sync' };

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'herd'; readonly tokenIds: readonly string[] }
  | { readonly type: 'newcomer' }
  | { readonly type: 'failed'; readonly why: string }
  | {
      readonly type: 'synced';
      readonly calls: number;
      readonly longestWaitMs: number;
      readonly events: Events;
      /** Of the tokens that calls were made with. */
      readonly tokenIds: readonly string[];
    };

/** How often each event of the store came; `store-failed` with the reason behind a colon. */
export type Events = Readonly<Record<string, number>>;
