/**
 * What processes share a token through. A store is one place, such as a Redis server, with a clock of its own: every
 * decision below is made there in one step, and only time that has yet to pass ever travels. No method has to succeed:
 * a store that rejects, or answers late, costs its callers a bounded wait, never a token.
 *
 * Keys are digests (base64url): no key tells what a token was asked for.
 */
export interface TokenStore {
  /**
   * Looks for a token that will do, in one step with taking the lease if there is none: whoever holds the lease is the
   * only one to ask the token endpoint.
   */
  look(key: string, ask: StoreAsk): Promise<StoreAnswer>;

  /** Keeps a lease for `leaseMs` from now. False: it is not (or no longer) the owner's. */
  extend(key: string, owner: string, leaseMs: number): Promise<boolean>;

  /**
   * Puts a token in the place of whatever is there, gives the lease back, forgets a failure and wakes who waits. Only
   * the holder of the lease can: a late one changes nothing, and learns of it by `false`. Where that very token is there
   * already, nothing changes either, but it is `true`: who lost the answer may ask again.
   *
   * @param remainingMs how long the token lives yet. The store keeps it for no longer than that, nor for longer than
   * `token.lifetimeMs` from when the lease was taken: a message that was late on its way must not lengthen a life.
   */
  put(key: string, owner: string, token: StoredToken, remainingMs: number): Promise<boolean>;

  /**
   * Gives the lease back without a token and wakes who waits. Only the holder of the lease can.
   *
   * @param failure what `look` tells everybody who finds no token, until `failure.pauseMs` are over
   */
  release(key: string, owner: string, failure?: StoredFailure): Promise<boolean>;

  /**
   * Drops a token that a resource server rejected, if it is the current one, and tells all subscribers. A token that
   * itself replaced a rejected one (`isForced`) and is younger than `forcedRefreshIntervalMs` is kept.
   */
  invalidate(key: string, tokenId: string, forcedRefreshIntervalMs: number): Promise<boolean>;

  /**
   * Tells of what others did. It may be late, and it may be lost: it only shortens waits.
   *
   * @returns ends the subscription
   */
  subscribe(listener: (news: StoreNews) => void): () => void;

  /** Ends subscriptions and timers; never the client that the user made. */
  close(): Promise<void>;
}

/** What is wanted of a store. Times are in milliseconds. */
export interface StoreAsk {
  /** Names who asks, at random, afresh for each flight: by it the lease is known again. */
  readonly owner: string;
  /** How long a lease that is taken now is kept. */
  readonly leaseMs: number;
  /** The id of a token that will not do: it is the caller's own, or was rejected. */
  readonly unwantedId?: string | undefined;
  /** A token that ends sooner than this will not do either. Default: 0. In any case it must outlive its own margin. */
  readonly minRemainingMs?: number | undefined;
  /**
   * The token of `unwantedId` will do all the same, however soon it ends, if it was asked for within so long: another has got
   * it again since. A server may hand out one token many times. Default: 0, it will not.
   */
  readonly renewedWithinMs?: number | undefined;
  /** Take the lease even where a token would do, or the failure of another is remembered. Default: false. */
  readonly always?: boolean | undefined;
}

/** What a store knows of a key. */
export interface StoreAnswer {
  /** The current token, if it will do; with `always`, whatever is there. */
  readonly token?: { readonly token: StoredToken; readonly remainingMs: number } | undefined;
  /** Counts the tokens put under this key; never goes back while the store keeps its memory. 0: none yet. */
  readonly generation: number;
  /** No token will do, and the last request of the lease's holder failed. */
  readonly failure?: StoredFailure | undefined;
  /** `held`: by the caller, from now on. Else who holds it keeps it for so long, unless it is extended. */
  readonly lease?: 'held' | { readonly remainingMs: number } | undefined;
  /** The last token was dropped by `invalidate`, and none was put since: what comes next replaces a rejected one. */
  readonly wasRejected?: boolean | undefined;
  /** There is an entry that cannot be read: sealed with another key, damaged, or of a later version. Treated as none. */
  readonly isUnreadable?: boolean | undefined;
}

/** A token as it travels: plain data. */
export interface StoredToken {
  /** The token's public id, see `AccessToken.id`. */
  readonly id: string;
  /** Visible ASCII, as a header has it; of a `refresh_token` any text. */
  readonly value: string;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  /** Further members of the server's answer. */
  readonly response: Readonly<Record<string, unknown>>;
  /** Its whole life, from when the request for it was sent. */
  readonly lifetimeMs: number;
  /** The server's advice when to ask again, from when the request was sent. */
  readonly refreshInMs?: number | undefined;
  /** So long before its end nobody takes it from the store any more. */
  readonly marginMs: number;
  /** It replaced a token that was rejected, or came by force. */
  readonly isForced: boolean;
}

/** A failure as it travels: what an error of the same kind is made of in another process. Never a secret. */
export interface StoredFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** HTTP status, `error`, `error_description` and `error_uri` of a refusal. */
  readonly refusal?: {
    readonly status: number;
    readonly error?: string | undefined;
    readonly errorDescription?: string | undefined;
    readonly errorUri?: string | undefined;
  };
  /** So long from now nobody asks the token endpoint again. */
  readonly pauseMs: number;
}

/** `settled`: the lease was given back, with a token or without. `invalidated`: a token was dropped. */
export type StoreNews =
  | { readonly type: 'settled'; readonly key: string }
  | { readonly type: 'invalidated'; readonly key: string; readonly tokenId: string };
