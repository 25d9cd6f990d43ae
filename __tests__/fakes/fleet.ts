import type { TokenProviderOptions } from '../../src/provider/provider-options.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { FakeClock } from './fake-clock.ts';
import { type ProviderUnderTest, providerUnderTest } from './provider-under-test.ts';
import { ScriptedEndpoint } from './scripted-endpoint.ts';

/** Providers that share a store and a token endpoint, as processes do. */
export interface Fleet {
  readonly members: readonly ProviderUnderTest[];
  readonly store: TokenStore;
  readonly clock: FakeClock;
  readonly endpoint: ScriptedEndpoint;
}

/** @param wrap puts something between a member and the store */
export function fleet(
  size: number,
  options: Partial<TokenProviderOptions> = {},
  wrap: (store: TokenStore, member: number) => TokenStore = (store) => store,
): Fleet {
  const clock = new FakeClock();
  const endpoint = new ScriptedEndpoint();
  const store = memoryStore(clock);
  const members = Array.from({ length: size }, (_none, member) =>
    providerUnderTest({ clock, transport: endpoint.transport, store: wrap(store, member), ...options }),
  );
  return { members, store, clock, endpoint };
}
