import { describe, expect, it } from '@jest/globals';
import { memoryStore } from '../../src/store/memory-store.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const DAY_MS = 86_400_000;
const token = { id: 'a', value: 'b', tokenType: 'Bearer', response: {}, marginMs: 0, isForced: false };

describe('a store in memory', () => {
  storeContract({ describe, it }, () => {
    const clock = new FakeClock();
    const store = memoryStore(clock);
    return { handles: [store, store], advance: (ms) => clock.advance(ms) };
  });

  it.each([[{}], [null], ['clock']])('refuses what is no clock: %j', (clock) => {
    expect(() => memoryStore(clock as never)).toThrow(
      expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION' }),
    );
  });

  it('tells nothing to who ended its subscription while the news was on its way', async () => {
    const store = memoryStore(new FakeClock());
    const [early, late]: [unknown[], unknown[]] = [[], []];
    const stop = store.subscribe((news) => early.push(news));
    store.subscribe((news) => late.push(news));
    await store.look('key', { owner: 'me', leaseMs: 1_000 });
    const released = store.release('key', 'me');
    stop();
    await released;
    expect(early).toEqual([]);
    expect(late).toEqual([{ type: 'settled', key: 'key' }]);
  });

  it('remembers how many tokens there were for a day beyond the life of the longest', async () => {
    const clock = new FakeClock();
    const store = memoryStore(clock);
    const ask = { owner: 'me', leaseMs: 1, always: true };
    for (const lifetimeMs of [10 * DAY_MS, 1_000]) {
      await store.look('key', ask);
      await store.put('key', 'me', { ...token, lifetimeMs }, lifetimeMs);
    }
    const touchAnother = (): Promise<unknown> => store.look('another', ask);
    await clock.advance(11 * DAY_MS - 1);
    await touchAnother();
    expect(await store.look('key', { ...ask, always: false })).toEqual({ generation: 2, lease: 'held' });
    await store.release('key', 'me');
    await clock.advance(2);
    await touchAnother();
    expect((await store.look('key', ask)).generation).toBe(0);
  });
});
