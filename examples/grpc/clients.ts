import { type ChannelCredentials, type ClientOptions, credentials } from '@grpc/grpc-js';
import type { TokenSource } from 'tokenflight';
import { bearerCredentials, bearerInterceptor } from 'tokenflight/grpc';

/** What a generated client's constructor takes behind the address. */
export type Channel = readonly [credentials: ChannelCredentials, options: ClientOptions];

/**
 * A channel over TLS whose calls carry a token, and are made once more if it is rejected.
 *
 * @param roots certificates of a private CA; the system's without them
 */
export function channelTo(host: string, tokens: TokenSource, roots?: Buffer): Channel {
  const bearer = { origins: `https://${host}` };
  const channel = credentials.combineChannelCredentials(
    credentials.createSsl(roots),
    bearerCredentials(tokens, bearer),
  );
  return [channel, { interceptors: [bearerInterceptor(tokens, bearer)] }];
}
