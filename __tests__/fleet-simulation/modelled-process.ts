import type { Acquisition } from '../../src/provider/attempt-token.ts';
import { type ProviderConfig, providerConfig } from '../../src/provider/provider-config.ts';
import { LEASE_MS } from '../../src/provider/shared/lease.ts';
import { StoreAccess } from '../../src/provider/shared/store-access.ts';
import { unavailable } from '../../src/provider/shared/store-guard.ts';
import { adoptedToken, remainingMs, storedToken } from '../../src/provider/shared/stored-token.ts';
import { SlotTable } from '../../src/provider/slot-table.ts';
import { EventHub } from '../../src/telemetry/event-hub.ts';
import { elapsedMs, readClock } from '../../src/values/clock.ts';
import { freshness, type TokenWindows, tokenWindows } from '../../src/values/freshness.ts';
import type { FleetProcess, World } from './fleet-process.ts';

const KEY = 'the one token of the fleet';
const slot = new SlotTable({}, 1).find(undefined);

/**
 * A process that does what a provider does where nothing fails, for a fraction of the cost: no HTTP, digests, repeated
 * attempts or deadlines. When a token is stale, how a process waits for others (polls, wakes, leases) and when it gives
 * a store up is decided by the provider's own code.
 */
export class ModelledProcess implements FleetProcess {
  readonly #world: World;
  readonly #config: ProviderConfig;
  readonly #access: StoreAccess | undefined;
  #cached: { readonly acquired: Acquisition; readonly windows: TokenWindows } | undefined;
  #flight: Promise<void> | undefined;

  constructor(world: World) {
    this.#world = world;
    const { clock, chance, store } = world;
    const client = { tokenUrl: 'https://auth.example/token', clientId: 'fleet', clientSecret: 'secret' };
    this.#config = providerConfig({ ...client, clock, random: chance });
    this.#access = store && new StoreAccess(this.#config, store, new EventHub(), () => {});
  }

  async call(): Promise<void> {
    const state = this.#cached && freshness(this.#ageMs(), this.#cached.windows);
    if (state === 'fresh') return;
    this.#flight ??= this.#fly();
    if (state !== 'stale') await this.#flight;
  }

  restMs(): number {
    return this.#cached ? Math.max(0, this.#cached.windows.staleAfterMs - this.#ageMs()) : 0;
  }

  async stop(): Promise<void> {
    this.#access?.close();
  }

  async #fly(): Promise<void> {
    const acquired = await (this.#access ? this.#share(this.#access) : this.#request());
    const windows = tokenWindows(acquired.lifetimeMs, this.#config.freshness, this.#world.chance());
    this.#cached = { acquired, windows };
    this.#flight = undefined;
  }

  /** As `SharedTokens.attempt`. */
  async #share(access: StoreAccess): Promise<Acquisition> {
    const owner = crypto.randomUUID();
    const { signal } = new AbortController();
    const wanted = this.#cached && {
      unwantedId: this.#cached.acquired.grant.value,
      minRemainingMs: this.#cached.windows.lifetimeMs - this.#ageMs(),
    };
    const run = await access.untilFound<() => Promise<Acquisition>>(KEY, signal, async () => {
      const asked = readClock(this.#world.clock);
      const answer = await access.use('look', slot, (store) =>
        store.look(KEY, { owner, leaseMs: LEASE_MS, ...wanted }),
      );
      if (answer === unavailable) return { found: () => this.#request() };
      if (answer.lease === 'held') return { found: () => this.#lead(access, owner, signal) };
      const { token } = answer;
      if (token) return { found: async () => adoptedToken(token, asked) };
      return { leaseMs: answer.lease?.remainingMs ?? 0 };
    });
    return await run();
  }

  async #lead(access: StoreAccess, owner: string, signal: AbortSignal): Promise<Acquisition> {
    const letGo = access.keepLease(slot, KEY, owner, signal, () => {});
    const acquired = await this.#request();
    const token = storedToken(acquired, acquired.grant.value, false, this.#config.freshness);
    await access.use('put', slot, (store) => store.put(KEY, owner, token, remainingMs(this.#world.clock, acquired)));
    letGo();
    return acquired;
  }

  async #request(): Promise<Acquisition> {
    const asked = readClock(this.#world.clock);
    const grant = await this.#world.endpoint.grant();
    return { grant, lifetimeMs: this.#world.endpoint.lifetimeMs, asked };
  }

  #ageMs(): number {
    return this.#cached ? elapsedMs(this.#world.clock, this.#cached.acquired.asked) : 0;
  }
}
