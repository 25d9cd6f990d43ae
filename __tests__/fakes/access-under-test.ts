import { type ProviderConfig, providerConfig } from '../../src/provider/provider-config.ts';
import type { TokenProviderOptions } from '../../src/provider/provider-options.ts';
import { StoreAccess } from '../../src/provider/shared/store-access.ts';
import type { Slot } from '../../src/provider/slot.ts';
import { SlotTable } from '../../src/provider/slot-table.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { EventHub } from '../../src/telemetry/event-hub.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { FakeClock } from './fake-clock.ts';

/** One process's way to a store, without a provider around it. */
export interface AccessUnderTest {
  readonly access: StoreAccess;
  readonly config: ProviderConfig;
  readonly slot: Slot;
  readonly clock: FakeClock;
  readonly store: TokenStore;
  /** Every event so far. */
  readonly events: TokenEvent[];
}

/** @param wrap puts something between the process and its store */
export function accessUnderTest(
  options: Partial<TokenProviderOptions> = {},
  wrap: (store: TokenStore) => TokenStore = (store) => store,
): AccessUnderTest {
  const clock = (options.clock as FakeClock | undefined) ?? new FakeClock();
  const store = options.store ?? memoryStore(clock);
  const client = { tokenUrl: 'https://auth.example/token', clientId: 'client', clientSecret: 'secret' };
  const config = providerConfig({ ...client, random: () => 0, ...options, clock, store } as TokenProviderOptions);
  const hub = new EventHub();
  const events: TokenEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const access = new StoreAccess(config, wrap(store), hub, () => {});
  return { access, config, slot: new SlotTable({}, 1).find({ scope: 'a' }), clock, store, events };
}
