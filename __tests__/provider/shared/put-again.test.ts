import { describe, expect, it } from '@jest/globals';
import { sharedFlights } from '../../../src/provider/flight.ts';
import type { StoredToken, TokenStore } from '../../../src/store/token-store.ts';
import { type Fleet, fleet } from '../../fakes/fleet.ts';
import type { ProviderUnderTest } from '../../fakes/provider-under-test.ts';

interface Lease {
  readonly key: string;
  readonly owner: string;
}

/** A fleet whose first member finds that the store takes no tokens. */
function leaderThatCannotPut(options: object = {}): {
  readonly leader: ProviderUnderTest;
  readonly other: ProviderUnderTest;
  readonly processes: Fleet;
  readonly store: {
    takes: boolean;
    hangs: boolean;
    readonly puts: string[];
    readonly releases: string[];
    readonly lease: Lease;
  };
} {
  const state = {
    takes: false,
    hangs: false,
    puts: [] as string[],
    releases: [] as string[],
    lease: { key: '', owner: '' },
  };
  const fails = (): Promise<never> =>
    state.hangs ? new Promise(() => {}) : Promise.reject(new Error('OOM command not allowed'));
  const wrap = (store: TokenStore, member: number): TokenStore => {
    if (member > 0) return store;
    return {
      ...store,
      put: async (key: string, owner: string, token: StoredToken, remainingMs: number) => {
        state.puts.push(token.value);
        state.lease = { key, owner };
        return state.takes ? store.put(key, owner, token, remainingMs) : fails();
      },
      release: async (key: string, owner: string) => {
        state.releases.push(owner);
        return store.release(key, owner);
      },
    };
  };
  const processes = fleet(2, { random: () => 1, ...options }, wrap);
  processes.endpoint.grantAll(600);
  const [leader, other] = processes.members as [ProviderUnderTest, ProviderUnderTest];
  return { leader, other, processes, store: state };
}

describe('a token that the store did not take when it came', () => {
  it('is put again, and the others need not wait for the end of its lease', async () => {
    const { leader, other, processes, store } = leaderThatCannotPut();
    const { clock, endpoint } = processes;
    expect((await clock.settle(leader.provider.getToken())).value).toBe('token-1'); // at once
    const waiting = other.provider.getToken();
    await clock.settle(other.next('store-waiting'));
    store.takes = true;
    await clock.advance(300);
    expect((await clock.settle(waiting)).value).toBe('token-1');
    expect(endpoint.requests).toHaveLength(1);
    expect(store.puts).toEqual(['token-1', 'token-1']);
    expect(leader.count('store-lease-lost')).toBe(0);
    expect(clock.pending).toEqual([]);
  });

  it('is put again a few times, and for no longer than its lease', async () => {
    const { leader, processes, store } = leaderThatCannotPut();
    const { clock } = processes;
    await clock.settle(leader.provider.getToken());
    await clock.advance(3_000);
    expect(store.puts).toHaveLength(4);
    await clock.advance(600_000 / 4);
    expect(store.puts).toHaveLength(4);
    expect(clock.pending).toEqual([]);
  });

  it('is not put again after its lease, however few times that was', async () => {
    const { leader, processes, store } = leaderThatCannotPut({ storeTimeoutMs: 4_000 });
    const { clock } = processes;
    store.hangs = true;
    const call = leader.provider.getToken();
    while (store.puts.length === 0) await clock.advance(0);
    await clock.advance(4_000);
    await clock.settle(call);
    await clock.advance(60_000);
    expect(store.puts).toHaveLength(2);
    expect(clock.pending).toEqual([]);
  });

  it('keeps no caller waiting where the store hangs, beyond the time that each operation has', async () => {
    const { leader, processes, store } = leaderThatCannotPut({ storeTimeoutMs: 100 });
    const { clock } = processes;
    store.hangs = true;
    const startedMs = clock.monotonicMs();
    const call = leader.provider.getToken();
    while (store.puts.length === 0) await clock.advance(0);
    await clock.advance(100);
    await clock.settle(call);
    expect(clock.monotonicMs() - startedMs).toBe(100);
    await clock.advance(250);
    expect(store.puts).toHaveLength(2);
    expect(leader.provider.peek()?.value).toBe('token-1'); // while that one hangs
  });

  it('takes the place of no newer one: whoever took the lease meanwhile is not disturbed', async () => {
    const { leader, processes, store } = leaderThatCannotPut();
    const { clock } = processes;
    await clock.settle(leader.provider.getToken());
    const { key, owner } = store.lease;
    await processes.store.release(key, owner); // as if it had run out
    const ask = { owner: 'another', leaseMs: 60_000 };
    await processes.store.look(key, ask);
    const common = { tokenType: 'Bearer', response: {}, lifetimeMs: 600_000, marginMs: 0, isForced: false };
    await processes.store.put(key, 'another', { ...common, id: 'newer', value: 'newer' }, 600_000);
    store.takes = true;
    await clock.advance(3_000);
    expect(store.puts).toEqual(['token-1', 'token-1']);
    expect(await processes.store.look(key, ask)).toMatchObject({ generation: 1, token: { token: { id: 'newer' } } });
    expect(leader.count('store-lease-lost')).toBe(1);
  });

  it('is not put once a resource server rejected it: the lease is given back', async () => {
    const { leader, other, processes, store } = leaderThatCannotPut();
    const { clock, endpoint } = processes;
    const token = await clock.settle(leader.provider.getToken());
    store.takes = true;
    await leader.provider.invalidate(token);
    await clock.advance(300);
    expect(store.puts).toEqual(['token-1']);
    expect(store.releases).toHaveLength(1);
    expect((await clock.settle(other.provider.getToken())).value).toBe('token-2');
    expect(endpoint.requests).toHaveLength(2);
  });

  it('is not put after the provider was closed, and no timer is left', async () => {
    const { leader, other, processes, store } = leaderThatCannotPut();
    const { clock } = processes;
    await clock.settle(leader.provider.getToken());
    store.takes = true;
    await leader.provider.close();
    expect((await clock.settle(other.provider.getToken())).value).toBe('token-2'); // nor does anybody wait for the lease
    await clock.advance(3_000);
    expect(store.puts).toEqual(['token-1']);
    expect(clock.pending).toEqual([]);
  });

  it('is seen through by a platform that would end with the call', async () => {
    let isKept = false;
    const keepAlive = async (work: Promise<unknown>): Promise<void> => {
      isKept = true;
      await work;
      isKept = false;
    };
    const { leader, processes, store } = leaderThatCannotPut({ flights: { ...sharedFlights, keepAlive } });
    const { clock } = processes;
    await clock.settle(leader.provider.getToken());
    expect(isKept).toBe(true);
    store.takes = true;
    await clock.advance(300);
    expect(store.puts).toHaveLength(2);
    expect(isKept).toBe(false);
  });
});
