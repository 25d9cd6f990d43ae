import type { AccessToken } from './access-token.ts';
import type { TokenRequest } from './token-request.ts';

export interface GetTokenOptions {
  /** Ends this caller's wait, with the signal's own reason. The flight goes on for the others. */
  readonly signal?: AbortSignal | undefined;
  /** Ask the server even if a good token is cached. Limited per token: see `forcedRefreshIntervalMs`. Default: false. */
  readonly forceRefresh?: boolean | undefined;
}

/** All that an adapter knows of whoever gives the tokens. */
export interface TokenSource {
  /** A token that is good now. Rejects if none can be had, or with the reason of the caller's own signal. */
  getToken(request?: TokenRequest, options?: GetTokenOptions): Promise<AccessToken>;
  /**
   * The cached token, if it is good now, without a promise: adapters attach it at once. Undefined: ask `getToken`.
   * Optional.
   */
  peek?(request?: TokenRequest): AccessToken | undefined;
  /** Reports that a server rejected this token. True if it was the current one and is now dropped. */
  invalidate(token: AccessToken): Promise<boolean>;
}
