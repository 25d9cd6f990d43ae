import type { TokenProviderOptions } from '../../src/provider/provider-options.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { FakeClock } from './fake-clock.ts';
import { ScriptedEndpoint } from './scripted-endpoint.ts';

export const CLIENT_SECRET = 'the-client-secret-5e8f';

/** A provider whose time, chance and token endpoint belong to the test. */
export interface ProviderUnderTest {
  readonly provider: TokenProvider;
  readonly clock: FakeClock;
  readonly endpoint: ScriptedEndpoint;
  /** Every event so far. */
  readonly events: TokenEvent[];
  /** The next event of this type from now on. */
  next<T extends TokenEvent['type']>(type: T): Promise<Extract<TokenEvent, { type: T }>>;
  /** Counts events of a type. */
  count(type: TokenEvent['type']): number;
}

/** Jitter is off (`random` gives 0) unless the test says otherwise. */
export function providerUnderTest(options: Partial<TokenProviderOptions> = {}): ProviderUnderTest {
  const clock = new FakeClock();
  const endpoint = new ScriptedEndpoint();
  const provider = new TokenProvider({
    tokenUrl: 'https://auth.example/token',
    clientId: 'client',
    clientSecret: CLIENT_SECRET,
    transport: endpoint.transport,
    random: () => 0,
    clock,
    ...options,
  } as TokenProviderOptions);
  const events: TokenEvent[] = [];
  const waiting: { type: TokenEvent['type']; resolve: (event: never) => void }[] = [];
  provider.on((event) => {
    events.push(event);
    for (const entry of waiting.filter(({ type }) => type === event.type)) {
      waiting.splice(waiting.indexOf(entry), 1);
      entry.resolve(event as never);
    }
  });
  return {
    provider,
    clock,
    endpoint,
    events,
    next: (type) => new Promise((resolve) => waiting.push({ type, resolve: resolve as (event: never) => void })),
    count: (type) => events.filter((event) => event.type === type).length,
  };
}
