import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sharedFlights } from '../../../src/provider/flight.ts';
import { noteSecret, putLateSecret } from '../../../src/provider/shared/late-secret.ts';
import { unavailable } from '../../../src/provider/shared/store-guard.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { accessUnderTest } from '../../fakes/access-under-test.ts';
import { installSyncDigest } from '../../fakes/sync-digest.ts';

const secret = { secret: 'rt-2', spent: [] };
const lease = { key: 'key', owner: 'one' };
const broken = (): Promise<never> => Promise.reject(new Error('READONLY replica'));

// How it is called, and when: see the tests of `sharedSecret`.
describe('a secret that the store has not taken yet', () => {
  // Digests take real time, in which the clock of a test may run away from what it waits for.
  let uninstall = (): void => {};
  beforeAll(() => {
    uninstall = installSyncDigest();
  });
  afterAll(() => uninstall());

  it.each<[string, boolean, Partial<TokenStore>, unknown]>([
    ['taken', true, {}, true],
    [
      'not taken where the lease is another’s',
      true,
      { look: async () => ({ generation: 1, lease: { remainingMs: 9 } }) },
      unavailable,
    ],
    ['not taken where the store says no', true, { put: async () => false }, unavailable],
    ['not taken where it cannot be asked', true, { put: broken }, unavailable],
    ['over where it is not wanted', false, {}, true],
    ['over where it is not wanted, and the lease neither', false, { release: async () => false }, true],
    ['not over while the lease is kept from others', false, { release: broken }, unavailable],
  ])('is %s', async (_what, isWanted, replaced, result) => {
    const { access, slot } = accessUnderTest({ flights: sharedFlights }, (store) => ({ ...store, ...replaced }));
    noteSecret(access, isWanted ? secret : { secret: 'rt-3', spent: [] });
    expect(await putLateSecret(access, slot, lease, secret)).toBe(result);
  });
});
