import { describe, expect, it } from '@jest/globals';
import { memoryStore } from '../../src/store/memory-store.ts';
import { storeContract } from '../../src/testing/store-contract.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

describe('a store in memory', () => {
  storeContract({ describe, it }, () => {
    const clock = new FakeClock();
    const store = memoryStore(clock);
    return { handles: [store, store], advance: (ms) => clock.advance(ms) };
  });
});
