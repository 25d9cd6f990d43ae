import type { TokenflightError } from '../errors/tokenflight-error.ts';
import type { TokenRequestSummary } from '../values/token-request.ts';

/** Why a token request is made. */
export type RefreshReason =
  /** No token was cached. */
  | 'absent'
  /** The cached token is stale: refreshed in the background, nobody waits. */
  | 'stale'
  /** The cached token came to its end. */
  | 'expired'
  /** A resource server rejected the last token, or it was revoked. */
  | 'rejected'
  /** A caller said `forceRefresh`. */
  | 'forced';

/** Why a request was not sent again after its token was rejected. */
export type ReplaySkipReason =
  /** Its body was a stream, which is spent. */
  | 'body-not-replayable'
  /** Its body is larger than `replay.maxBodyBytes`. */
  | 'body-too-large'
  /** Its method is not among those that `replay.methods` allows, or may not be repeated after a redirect. */
  | 'method'
  /** It had been sent again once already. */
  | 'already-replayed'
  /** There is no other token: forced refreshes are limited, and the rejected one is still the newest. */
  | 'no-newer-token'
  /** A new token could not be had. */
  | 'refresh-failed';

interface AboutToken {
  /** What the token was asked for; `authorizationDetails`, values of `parameters` and the subject are left out. */
  readonly request: TokenRequestSummary;
}

/** All that a provider and its adapters tell. None holds a token or a secret. Times are in milliseconds. */
export type TokenEvent =
  /** A caller got the cached token. `expired`: inside the margin before its end, since its refresh has failed or hangs. */
  | (AboutToken & { readonly type: 'hit'; readonly state: 'fresh' | 'stale' | 'expired'; readonly tokenId: string })
  /** A caller has to wait. */
  | (AboutToken & { readonly type: 'miss'; readonly reason: RefreshReason })
  /** A caller waits for a flight that others began. */
  | (AboutToken & { readonly type: 'shared' })
  /** A flight begins. */
  | (AboutToken & { readonly type: 'refresh-started'; readonly reason: RefreshReason })
  /** Attempt number `attempt`, from 1, failed and is repeated within the same flight after `delayMs`. */
  | (AboutToken & {
      readonly type: 'refresh-retried';
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: TokenflightError;
    })
  /** The server refused the client (`invalid_client`) or a refresh token (`invalid_grant`): read again and tried at once. */
  | (AboutToken & { readonly type: 'credential-reread' })
  /** The server wants its nonce in proofs of possession (RFC 9449 §8): asked again at once with it. */
  | (AboutToken & { readonly type: 'dpop-nonce-used' })
  /** A flight brought a token. */
  | (AboutToken & {
      readonly type: 'refresh-succeeded';
      readonly reason: RefreshReason;
      readonly tokenId: string;
      readonly lifetimeMs: number;
      readonly durationMs: number;
    })
  /** A flight failed. `served`: a valid token is cached, so that no caller notices. `pauseMs`: until the next may begin. */
  | (AboutToken & {
      readonly type: 'refresh-failed';
      readonly reason: RefreshReason;
      readonly served: boolean;
      readonly error: TokenflightError;
      readonly pauseMs: number;
    })
  /** A caller was answered with a recent failure, without a request. */
  | (AboutToken & { readonly type: 'cool-down'; readonly error: TokenflightError; readonly remainingMs: number })
  /** A rejected token was dropped. */
  | (AboutToken & { readonly type: 'invalidated'; readonly tokenId: string })
  /** A rejection changed nothing: the token is not the current one, or forced refreshes are limited just now. */
  | (AboutToken & {
      readonly type: 'invalidation-ignored';
      readonly tokenId: string;
      readonly why: 'not-current' | 'limited';
    })
  /** `forceRefresh` was answered from the cache: a forced refresh happened a moment ago. */
  | (AboutToken & { readonly type: 'forced-refresh-limited'; readonly tokenId: string })
  /** A token was revoked at the authorization server. */
  | (AboutToken & { readonly type: 'revoked'; readonly tokenId: string })
  /** A token could not be revoked while closing. */
  | (AboutToken & { readonly type: 'revocation-failed'; readonly tokenId: string; readonly error: TokenflightError })
  | StoreEventAbout
  /** The least recently used token gave way to another. */
  | (AboutToken & { readonly type: 'evicted' })
  /** A request whose token was rejected is sent again with a newer one; with the same one, for the sake of a DPoP nonce. */
  | { readonly type: 'replayed'; readonly origin: string; readonly rejectedTokenId: string; readonly tokenId: string }
  /** A request whose token was rejected is not sent again: its answer goes to the caller as it is. */
  | {
      readonly type: 'replay-skipped';
      readonly origin: string;
      readonly rejectedTokenId: string;
      readonly why: ReplaySkipReason;
    };

/** What is asked of a store. */
export type StoreOperation = 'look' | 'extend' | 'put' | 'release' | 'invalidate';

/** What a provider tells of the store that it shares tokens through. */
export type StoreEvent =
  /** The token of another process will do: no token request is made. */
  | { readonly type: 'store-hit'; readonly tokenId: string; readonly remainingMs: number }
  /** Another process is asking the token endpoint, and keeps its lease for so long, unless it is extended. */
  | { readonly type: 'store-waiting'; readonly leaseMs: number }
  /** Another process failed a moment ago: its failure is answered, and nobody asks until `pauseMs` are over. */
  | { readonly type: 'store-failure'; readonly error: TokenflightError; readonly pauseMs: number }
  /** The lease went to another process while the token request was out; its token is used here all the same. */
  | { readonly type: 'store-lease-lost' }
  /** What is stored does not open: sealed with another key, damaged, or of a later version. It is replaced. */
  | { readonly type: 'store-entry-unreadable' }
  /** The store did not answer in time or failed, and is gone without. `pauseMs`: above 0, it is left alone for so long. */
  | {
      readonly type: 'store-failed';
      readonly operation: StoreOperation;
      /** `timeout`, the client's own code such as `READONLY` or `ECONNREFUSED`, or `error`. */
      readonly why: string;
      readonly pauseMs: number;
    };

type StoreEventAbout = AboutToken & StoreEvent;

export type TokenEventListener = (event: TokenEvent) => void;
