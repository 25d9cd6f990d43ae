import { afterEach, beforeEach, expect } from '@jest/globals';
import { TokenProvider } from '../../../src/provider/token-provider.ts';
import type { BearerOptions } from '../../../src/resource/authoriser.ts';
import type { TokenEvent } from '../../../src/telemetry/events.ts';
import { systemClock } from '../../../src/values/clock.ts';
import { ApiServer } from '../../servers/api-server.ts';
import { TokenServer } from '../../servers/token-server.ts';
import { useRealSockets } from '../real-sockets.ts';
import type { Client, ClientSettings, HostTraits, MakeClient } from './host.ts';

/** What each part of the contract is given. */
export interface Contract {
  readonly rig: ContractRig;
  readonly makeClient: MakeClient;
  readonly traits: HostTraits;
}

/** Real servers and a real provider, made anew for each test. */
export class ContractRig {
  tokens!: TokenServer;
  api!: ApiServer;
  /** An API of another origin. */
  other!: ApiServer;
  provider!: TokenProvider;
  events: TokenEvent[] = [];
  readonly #makeClient: MakeClient;

  /** Registers what makes and ends all this; to be called inside a `describe`. */
  constructor(makeClient: MakeClient) {
    this.#makeClient = makeClient;
    useRealSockets();
    beforeEach(async () => {
      [this.tokens, this.api, this.other] = await Promise.all([
        TokenServer.start(),
        ApiServer.start(),
        ApiServer.start(),
      ]);
      this.provider = providerOf(this.tokens);
      this.events = [];
      this.provider.on((event) => this.events.push(event));
    });
    afterEach(async () => {
      await this.provider.close();
      await Promise.all([this.tokens, this.api, this.other].map((server) => server.close()));
    });
  }

  clientOf(options: Partial<BearerOptions> = {}, settings: Partial<ClientSettings> = {}): Client {
    return this.#makeClient({ source: this.provider, options: { origins: this.api.origin, ...options }, ...settings });
  }

  /** A client whose token is cached already, and which the API has seen once. */
  async warmClientOf(...settings: Parameters<ContractRig['clientOf']>): Promise<Client> {
    const client = this.clientOf(...settings);
    expect(await client.send({ url: `${this.api.origin}/warm` })).toEqual({ status: 200, text: 'welcome' });
    return client;
  }

  tell(type: TokenEvent['type']): readonly TokenEvent[] {
    return this.events.filter((event) => event.type === type);
  }
}

/** Time stands still, so that a slow machine changes nothing about what counts as a moment ago. */
const standingClock = { ...systemClock, monotonicMs: () => 0, wallMs: () => 0 };

export function providerOf(tokens: TokenServer): TokenProvider {
  return new TokenProvider({
    tokenUrl: tokens.url,
    clientId: 'client',
    clientSecret: 'the-client-secret',
    retry: { retries: 0 },
    clock: standingClock,
  });
}
