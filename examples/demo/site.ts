import type { TokenProviderOptions } from 'tokenflight';
import type { BearerOptions } from 'tokenflight/fetch';

/** Servers to run against. */
export interface Site {
  /** Lines that say what runs where. */
  readonly description: readonly string[];
  /** What is called. */
  readonly url: URL;
  /** Where tokens may go. */
  readonly bearer: BearerOptions;
  /** For the clients that use tokenflight. */
  readonly tokens: TokenProviderOptions;
  /** For the one token of the clients with a fixed header. */
  readonly fixedToken: TokenProviderOptions;
  /** Token requests that reached the authorization server, from the clients that use tokenflight. Undefined: not known. */
  readonly tokenRequestsReceived?: () => Promise<number>;
  stop(): Promise<void>;
}
