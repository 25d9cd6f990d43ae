import { afterEach, beforeEach } from '@jest/globals';
import type { ExtendOptions, Got, RequestError } from 'got';
import { bearerHooks } from '../../src/adapters/got.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import type { BearerOptions } from '../../src/resource/authoriser.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { ApiServer } from '../servers/api-server.ts';
import { TokenServer } from '../servers/token-server.ts';
import { useRealSockets } from './real-sockets.ts';

/** One major of got, with real servers and a real provider that are made anew for each test. */
export class GotRig {
  readonly got: Got;
  tokens!: TokenServer;
  api!: ApiServer;
  /** An API of another origin. */
  other!: ApiServer;
  provider!: TokenProvider;
  events: TokenEvent[] = [];

  /** Registers what makes and ends all this; to be called inside a `describe`. */
  constructor(got: Got) {
    this.got = got;
    useRealSockets();
    beforeEach(async () => {
      [this.tokens, this.api, this.other] = await Promise.all([
        TokenServer.start(),
        ApiServer.start(),
        ApiServer.start(),
      ]);
      const retry = { retries: 0 };
      this.provider = new TokenProvider({
        tokenUrl: this.tokens.url,
        clientId: 'client',
        clientSecret: 'secret',
        retry,
      });
      this.events = [];
      this.provider.on((event) => this.events.push(event));
    });
    afterEach(async () => {
      await this.provider.close();
      await Promise.all([this.tokens, this.api, this.other].map((server) => server.close()));
    });
  }

  hooks(options: Partial<BearerOptions> = {}): ExtendOptions {
    return bearerHooks(this.provider, { origins: this.api.origin, ...options });
  }

  client(...further: ExtendOptions[]): Got {
    return this.got.extend({ retry: { limit: 0 } }, this.hooks(), ...further);
  }

  /** Rejects `token-1`, which every client has from here on. */
  async rejectFirstToken(): Promise<void> {
    await this.provider.getToken();
    this.api.rejected.add('token-1');
  }
}

export async function failureOf(call: PromiseLike<unknown>): Promise<RequestError> {
  return call.then(
    () => {
      throw new Error('the call did not fail');
    },
    (error) => error as RequestError,
  );
}
