import { describe, expect, it } from '@jest/globals';
import { refreshToken } from '../../../src/protocol/refresh-token.ts';
import { sharedFlights } from '../../../src/provider/flight.ts';
import type { TokenProviderOptions } from '../../../src/provider/provider-options.ts';
import type { StoredFailure, TokenStore } from '../../../src/store/token-store.ts';
import { type Fleet, fleet } from '../../fakes/fleet.ts';
import type { ProviderUnderTest } from '../../fakes/provider-under-test.ts';

const ONE_TRY = { retry: { retries: 0 } };

/** A fleet whose first member finds that the store takes no leases back. */
function leaderThatCannotRelease(options: Partial<TokenProviderOptions> = ONE_TRY): {
  readonly leader: ProviderUnderTest;
  readonly other: ProviderUnderTest;
  readonly processes: Fleet;
  readonly store: { takes: boolean; readonly releases: (StoredFailure | undefined)[] };
} {
  const store = { takes: false, releases: [] as (StoredFailure | undefined)[] };
  const wrap = (shared: TokenStore, member: number): TokenStore => {
    if (member > 0) return shared;
    return {
      ...shared,
      release: async (key, owner, failure) => {
        store.releases.push(failure);
        if (!store.takes) throw new Error('READONLY replica');
        return shared.release(key, owner, failure);
      },
    };
  };
  const processes = fleet(2, { random: () => 1, ...options }, wrap);
  const [leader, other] = processes.members as [ProviderUnderTest, ProviderUnderTest];
  return { leader, other, processes, store };
}

describe('a lease that the store did not take back', () => {
  it('is given back again with its failure, whose pause lasts no longer for it', async () => {
    const { leader, other, processes, store } = leaderThatCannotRelease();
    const { clock, endpoint } = processes;
    endpoint.answerAll(400, { error: 'invalid_scope' });
    await expect(clock.settle(leader.provider.getToken())).rejects.toMatchObject({ error: 'invalid_scope' });
    const waiting = other.provider.getToken().catch((error: unknown) => error);
    await clock.settle(other.next('store-waiting'));
    store.takes = true;
    await clock.advance(250);
    expect(await clock.settle(waiting)).toMatchObject({ error: 'invalid_scope' });
    expect(endpoint.requests).toHaveLength(1);
    const [first, second] = store.releases;
    expect(second).toEqual({ ...first, pauseMs: (first?.pauseMs ?? 0) - 250 });
    expect(clock.pending).toEqual([]);
  });

  it('keeps no attempt of its own process waiting until it is over', async () => {
    const { leader, processes, store } = leaderThatCannotRelease({
      ...ONE_TRY,
      coolDown: { minDelayMs: 0, maxDelayMs: 0 },
    });
    const { clock, endpoint } = processes;
    endpoint.answerAll(503, {});
    await expect(clock.settle(leader.provider.getToken())).rejects.toThrow();
    endpoint.grantAll(600);
    store.takes = true;
    const next = leader.provider.getToken();
    await clock.advance(250);
    expect((await clock.settle(next)).value).toBe('token-2');
    expect(store.releases.map((failure) => failure?.pauseMs)).toEqual([0, 0]);
  });

  it('is given back again where a refresh token was not rotated', async () => {
    const grant = refreshToken({ refreshToken: 'rt', subject: 'user' });
    const { leader, other, processes, store } = leaderThatCannotRelease({ grant });
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    await clock.settle(leader.provider.getToken({ scope: 'a' }));
    store.takes = true;
    const waiting = other.provider.getToken({ scope: 'b' });
    await clock.advance(250);
    await clock.advance(50);
    expect((await clock.settle(waiting)).value).toBe('token-2');
    expect(store.releases).toEqual([undefined, undefined]);
  });

  it('is given back a few times only, and keeps no caller waiting', async () => {
    const { leader, processes, store } = leaderThatCannotRelease();
    const { clock, endpoint } = processes;
    endpoint.answerAll(400, { error: 'invalid_scope' });
    const startedMs = clock.monotonicMs();
    await expect(clock.settle(leader.provider.getToken())).rejects.toThrow();
    expect(clock.monotonicMs()).toBe(startedMs);
    await clock.advance(60_000);
    expect(store.releases).toHaveLength(4);
    expect(clock.pending).toEqual([]);
  });

  it('is seen through by a platform that would end with the call', async () => {
    let isKept = false;
    const keepAlive = async (work: Promise<unknown>): Promise<void> => {
      isKept = true;
      await work;
      isKept = false;
    };
    const flights = { ...sharedFlights, keepAlive };
    const { leader, processes, store } = leaderThatCannotRelease({ ...ONE_TRY, flights });
    const { clock, endpoint } = processes;
    endpoint.answerAll(400, { error: 'invalid_scope' });
    await expect(clock.settle(leader.provider.getToken())).rejects.toThrow();
    expect(isKept).toBe(true);
    store.takes = true;
    await clock.advance(300);
    expect(store.releases).toHaveLength(2);
    expect(isKept).toBe(false);
  });
});
