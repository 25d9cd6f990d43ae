import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { grant, type KeptSecret, type SecretShelf } from '../../../src/protocol/grant.ts';
import { sharedFlights } from '../../../src/provider/flight.ts';
import type { TokenProviderOptions } from '../../../src/provider/provider-options.ts';
import { sharedSecret } from '../../../src/provider/shared/shared-secret.ts';
import type { Slot } from '../../../src/provider/slot.ts';
import { memoryStore } from '../../../src/store/memory-store.ts';
import type { StoreAnswer, TokenStore } from '../../../src/store/token-store.ts';
import type { StoreOperation } from '../../../src/telemetry/events.ts';
import { sharedCacheKey } from '../../../src/values/cache-key.ts';
import { readClock } from '../../../src/values/clock.ts';
import { tokenId } from '../../../src/values/digest.ts';
import { canonicalTokenRequest } from '../../../src/values/token-request.ts';
import { type AccessUnderTest, accessUnderTest } from '../../fakes/access-under-test.ts';
import { FakeClock, tick } from '../../fakes/fake-clock.ts';
import { installSyncDigest } from '../../fakes/sync-digest.ts';

const broken = (): Promise<never> => Promise.reject(new Error('READONLY replica'));

interface Process extends AccessUnderTest {
  readonly shelf: SecretShelf;
  /** What was asked of the store, by name. */
  readonly asked: string[];
  readonly waiting: AbortController;
}

/** A process with a grant whose secret is shared. */
function start(options: Partial<TokenProviderOptions> = {}, replaced: Partial<TokenStore> = {}): Process {
  const asked: string[] = [];
  const watched = (store: TokenStore): TokenStore => {
    const all = Object.entries({ ...store, ...replaced }).map(([name, method]) => [
      name,
      (...parameters: unknown[]) => {
        asked.push(name);
        return (method as (...all: unknown[]) => unknown)(...parameters);
      },
    ]);
    return Object.fromEntries(all) as TokenStore;
  };
  const under = accessUnderTest(options, watched);
  asked.length = 0; // the subscription
  const waiting = new AbortController();
  return { ...under, asked, waiting, shelf: sharedSecret(under.access, under.slot, waiting.signal) };
}

/** A second process beside another one. */
function beside({ store, clock }: AccessUnderTest, options: Partial<TokenProviderOptions> = {}): Process {
  return start({ store, clock, ...options });
}

/** Holds a shelf until `letGo`. */
function holding(shelf: SecretShelf): { kept: Promise<KeptSecret | undefined>; over: Promise<void>; letGo(): void } {
  let letGo = (): void => {};
  const until = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let tell = (_kept: KeptSecret | undefined): void => {};
  const kept = new Promise<KeptSecret | undefined>((resolve) => {
    tell = resolve;
  });
  const over = shelf.hold(async (found) => {
    tell(found);
    await until;
  });
  return { kept, over, letGo };
}

const read = (shelf: SecretShelf): Promise<KeptSecret | undefined> => shelf.hold(async (kept) => kept);
const replace = (shelf: SecretShelf, secret: KeptSecret): Promise<void> => shelf.hold(() => shelf.keep(secret));

async function until(isSo: () => boolean): Promise<void> {
  for (let rounds = 0; !isSo(); rounds++) {
    if (rounds === 1_000) throw new Error('it never came to that');
    await tick();
  }
}

/** Lets time pass until it settles. */
async function inTime(clock: FakeClock, promise: Promise<unknown>): Promise<void> {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  for (let round = 0; !isSettled; round++) {
    if (round === 1_000) throw new Error('it does not settle');
    await clock.advance(100);
  }
}

describe('the secret that processes share', () => {
  // Digests take real time, in which the clock of a test may run away from what it waits for.
  let uninstall = (): void => {};
  beforeAll(() => {
    uninstall = installSyncDigest();
  });
  afterAll(() => uninstall());

  it('is what was kept last', async () => {
    const process = start();
    expect(await read(process.shelf)).toBeUndefined();
    await replace(process.shelf, { secret: 'rt-1', spent: ['digest-of-rt-0'] });
    expect(await read(beside(process).shelf)).toEqual({ secret: 'rt-1', spent: ['digest-of-rt-0'] });
  });

  it('is of one client and one identity alone', async () => {
    const process = start();
    await replace(process.shelf, { secret: 'rt-1', spent: [] });
    expect(await read(beside(process, { clientId: 'other' }).shelf)).toBeUndefined();
    const other = { ...grant('client_credentials'), identity: ['user-2'] };
    expect(await read(beside(process, { grant: other }).shelf)).toBeUndefined();
  });

  it('lies under the same key in every version, for 90 days, and in the form of a token', async () => {
    const put: unknown[] = [];
    const process = start({}, { put: async (...all) => put.push(all) > 0 });
    await replace(process.shelf, { secret: 'rt-1', spent: ['digest'] });
    const client = {
      tokenUrl: 'https://auth.example/token',
      clientId: 'client',
      authenticationMethod: 'client_secret_basic',
      grantType: 'client_credentials',
      parts: ['[]', 'secret of the grant'],
    };
    const days90 = 90 * 24 * 60 * 60 * 1_000;
    const token = {
      id: await tokenId('rt-1'),
      value: 'rt-1',
      tokenType: 'refresh_token',
      response: { spent: ['digest'] },
      lifetimeMs: days90,
      marginMs: 0,
      isForced: false,
    };
    const key = await sharedCacheKey(client, canonicalTokenRequest({}));
    expect(put).toEqual([[key, expect.any(String), token, days90]]);
  });

  it('is held by one at a time: the next one gets what the first one kept', async () => {
    const first = start();
    const second = beside(first);
    const { kept, over, letGo } = holding(first.shelf);
    await kept;
    const next = holding(second.shelf);
    await until(() => second.asked.length > 0);
    let isHeld = false;
    void next.kept.then(() => {
      isHeld = true;
    });
    await first.clock.advance(2_000); // longer than a lease, were it not kept
    await first.clock.advance(2_000);
    expect(isHeld).toBe(false);
    await first.shelf.keep({ secret: 'rt-1', spent: [] });
    letGo();
    await over;
    expect(await next.kept).toEqual({ secret: 'rt-1', spent: [] });
    next.letGo();
    await next.over;
    expect(first.clock.pending).toEqual([]);
  });

  it('is given back at once where nothing new came, also by a failure', async () => {
    const first = start();
    await expect(first.shelf.hold(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(first.asked).toEqual(['look', 'release']);
    expect(first.clock.pending).toEqual([]);
    const second = beside(first);
    expect(await read(second.shelf)).toBeUndefined(); // no time went by
    expect(second.asked).toEqual(['look', 'release']);
  });

  it('is given back by keeping another, and not twice', async () => {
    const { shelf, asked } = start();
    await replace(shelf, { secret: 'rt-1', spent: [] });
    expect(asked).toEqual(['look', 'put']);
  });

  it('is kept under a lease of its own where it was given back before', async () => {
    const process = start();
    await replace(process.shelf, { secret: 'rt-1', spent: [] });
    await process.shelf.keep({ secret: 'rt-2', spent: [] });
    await until(() => process.asked.length === 4);
    expect(process.asked).toEqual(['look', 'put', 'look', 'put']);
    expect(await read(beside(process).shelf)).toEqual({ secret: 'rt-2', spent: [] });
  });

  it('is given back also where the store says no as another is kept', async () => {
    const { shelf, asked } = start({}, { put: async () => false });
    await replace(shelf, { secret: 'rt-1', spent: [] });
    expect(asked.filter((name) => name !== 'look')).toEqual(['put', 'release']);
  });

  describe('that the store did not take', () => {
    /** A process whose puts fail until it is told to let them through. */
    function faltering(): Process & { readonly faults: { isOver: boolean } } {
      const faults = { isOver: false };
      const clock = new FakeClock();
      const store = memoryStore(clock);
      const put: TokenStore['put'] = (...all) => (faults.isOver ? store.put(...all) : broken());
      return { ...start({ clock, store }, { put }), faults };
    }

    it('is put again, before another process goes on with the spent one', async () => {
      const process = faltering();
      await replace(process.shelf, { secret: 'rt-1', spent: [] }); // at once
      const other = beside(process);
      const found = read(other.shelf);
      await until(() => other.asked.length > 0);
      process.faults.isOver = true;
      await process.clock.advance(250);
      expect(await found).toEqual({ secret: 'rt-1', spent: [] });
      expect(process.asked).toEqual(['look', 'put', 'look', 'put']);
      expect(process.clock.pending).toEqual([]);
    });

    it('is put less and less often, until the store takes it', async () => {
      const { shelf, asked, clock, faults } = faltering();
      await replace(shelf, { secret: 'rt-1', spent: [] });
      for (let round = 0; round < 3_000; round++) await clock.advance(100);
      const count = asked.filter((name) => name === 'put').length;
      expect(count).toBeGreaterThan(10);
      expect(count).toBeLessThanOrEqual(30);
      faults.isOver = true;
      for (let round = 0; round < 600; round++) await clock.advance(100);
      expect(asked.filter((name) => name === 'put')).toHaveLength(count + 1);
      expect(clock.pending).toEqual([]);
    });

    it('is not put any more once the provider is closed', async () => {
      const { shelf, asked, clock, access } = faltering();
      await replace(shelf, { secret: 'rt-1', spent: [] });
      for (let round = 0; round < 100; round++) await clock.advance(100);
      access.close();
      for (let round = 0; round < 100; round++) await clock.advance(100); // what is under way just now
      asked.length = 0;
      for (let round = 0; round < 600; round++) await clock.advance(100);
      expect(asked).toEqual([]);
      expect(clock.pending).toEqual([]);
    });

    it('is not put any more once it is spent in its turn: its lease is given back', async () => {
      const process = faltering();
      await replace(process.shelf, { secret: 'rt-1', spent: [] });
      await sharedSecret(process.access, process.slot, process.waiting.signal).keep({ secret: 'rt-2', spent: [] });
      process.faults.isOver = true;
      await process.clock.advance(250); // the lease of the first is busy when the second is tried
      await process.clock.advance(250);
      await until(() => process.asked.filter((name) => name !== 'look').length === 3);
      expect(process.asked.filter((name) => name !== 'look')).toEqual(['put', 'release', 'put']);
      expect(await read(beside(process).shelf)).toEqual({ secret: 'rt-2', spent: [] }); // no time went by
    });

    it('is waited for before the process may end, and by a platform that would end it', async () => {
      const kept: Promise<unknown>[] = [];
      const flights = { ...sharedFlights, keepAlive: (work: Promise<unknown>) => void kept.push(work) };
      const { shelf, clock, config } = start({ flights }, { put: broken });
      await replace(shelf, { secret: 'rt-1', spent: [] });
      expect(kept).toHaveLength(1);
      let isSettled = false;
      const settled = config.sentRequests.settled().then(() => {
        isSettled = true;
      });
      await tick();
      expect(isSettled).toBe(false);
      await inTime(clock, settled);
    });
  });

  it.each<[StoreOperation, Partial<TokenStore>]>([
    ['put', { put: broken }],
    ['release', { put: async () => false, release: broken }],
  ])('costs no token where the store fails, which is told: %s', async (operation, replaced) => {
    const { shelf, events } = start({}, replaced);
    await replace(shelf, { secret: 'rt-1', spent: [] });
    expect(events).toMatchObject([{ type: 'store-failed', operation, why: 'READONLY' }]);
  });

  it('is used without a store that fails', async () => {
    const { shelf, asked, clock, events } = start({}, { look: broken });
    const { kept, over, letGo } = holding(shelf);
    expect(await kept).toBeUndefined();
    expect(clock.pending).toEqual([]); // no lease is kept that is not held
    await shelf.keep({ secret: 'rt-1', spent: [] });
    letGo();
    await over;
    await until(() => events.length === 2);
    expect(asked).toEqual(['look', 'look']); // the second for what was kept
  });

  it('that the store took is not put again by the next turn', async () => {
    const { access, slot, waiting, asked, shelf } = start();
    await replace(shelf, { secret: 'rt-1', spent: [] });
    asked.length = 0;
    await sharedSecret(access, slot, waiting.signal).hold(async () => {});
    expect(asked).toEqual(['look', 'release']);
  });

  describe('that was got while the store could not be asked', () => {
    /** A process that has `rt-2` by `rt-1`, which lies in the store, and looks that fail until it is told otherwise. */
    async function alone(): Promise<Process & { readonly faults: { isOver: boolean }; readonly fleet: Process }> {
      const fleet = start();
      await replace(fleet.shelf, { secret: 'rt-1', spent: [] });
      const faults = { isOver: false };
      const { store } = fleet;
      const look: TokenStore['look'] = (...all) => (faults.isOver ? store.look(...all) : broken());
      const clock = fleet.clock;
      const process = start({ clock, store }, { look });
      await process.shelf.hold(async () => {
        await process.shelf.keep({ secret: 'rt-2', spent: [await tokenId('rt-1')] });
      });
      return { ...process, faults, fleet };
    }
    const rt2 = async (): Promise<KeptSecret> => ({ secret: 'rt-2', spent: [await tokenId('rt-1')] });

    it('is put as soon as it can be, before another process goes on with the spent one', async () => {
      const process = await alone();
      process.faults.isOver = true;
      await process.clock.advance(250);
      await until(() => process.asked.includes('put'));
      expect(await read(process.fleet.shelf)).toEqual(await rt2()); // no time went by
      expect(process.clock.pending).toEqual([]);
    });

    it('is put when another process gives the lease back', async () => {
      const process = await alone();
      const { kept, over, letGo } = holding(process.fleet.shelf);
      await kept;
      process.faults.isOver = true;
      await process.clock.advance(250);
      letGo();
      await over;
      await process.clock.advance(500);
      await until(() => process.asked.includes('put'));
      expect(await read(beside(process.fleet).shelf)).toEqual(await rt2());
    });

    it('takes the place of none that was got with it', async () => {
      const process = await alone();
      const newer = { secret: 'rt-3', spent: [await tokenId('rt-1'), await tokenId('rt-2')] };
      await replace(process.fleet.shelf, newer);
      process.faults.isOver = true;
      await process.clock.advance(250);
      await until(() => process.asked.some((name) => name !== 'look'));
      expect(process.asked.filter((name) => name !== 'look')).toEqual(['release']);
      expect(await read(beside(process.fleet).shelf)).toEqual(newer); // no time went by
    });

    it('is put by the next turn where that took too long, though it brings nothing new', async () => {
      const process = await alone();
      process.access.close(); // nothing is tried any more, as where a Worker's request is over
      for (let round = 0; round < 100; round++) await process.clock.advance(600);
      process.faults.isOver = true;
      await read(sharedSecret(process.access, process.slot, process.waiting.signal));
      expect(await read(beside(process.fleet).shelf)).toEqual(await rt2());
      process.asked.length = 0;
      await read(sharedSecret(process.access, process.slot, process.waiting.signal));
      expect(process.asked).toEqual(['look', 'release']); // it is there
    });

    it('is waited for before the process may end, and by a platform that would end it', async () => {
      const kept: Promise<unknown>[] = [];
      const flights = { ...sharedFlights, keepAlive: (work: Promise<unknown>) => void kept.push(work) };
      const { shelf, config, clock } = start({ flights }, { look: broken });
      await shelf.hold(() => shelf.keep({ secret: 'rt-1', spent: [] }));
      expect(kept).toHaveLength(1);
      const settled = config.sentRequests.settled();
      await inTime(clock, settled);
    });
  });

  it('that the store did not take since the lease was lost is put under another', async () => {
    const clock = new FakeClock();
    const store = memoryStore(clock);
    const put = jest.fn(store.put).mockResolvedValueOnce(false);
    const process = start({ clock, store }, { put });
    await replace(process.shelf, { secret: 'rt-1', spent: [] });
    await clock.advance(250);
    await until(() => put.mock.calls.length === 2);
    expect(await read(beside(process).shelf)).toEqual({ secret: 'rt-1', spent: [] });
  });

  describe('of which nothing is known while the store fails', () => {
    const served = (process: Process, isDemanded: boolean): void => {
      process.slot.cached = { ...readClock(process.clock), lifetimeMs: 600_000 } as NonNullable<Slot['cached']>;
      process.slot.flight = { isDemanded } as NonNullable<Slot['flight']>;
    };
    const message = 'the newest refresh token could not be read from the store';
    const refusal = { message, code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE', retryable: true, ageMs: 0 };

    it('is not used where a valid token is at hand, and nobody wants another', async () => {
      const process = start({}, { look: broken });
      served(process, false);
      const run = jest.fn(async () => {});
      await expect(process.shelf.hold(run)).rejects.toMatchObject(refusal);
      expect(run).not.toHaveBeenCalled();
    });

    it.each([
      ['somebody wants another', true, 0],
      ['that one is over', false, 600_000],
    ])('is used as it is known here where %s', async (_why, isDemanded, laterMs) => {
      const process = start({}, { look: broken });
      served(process, isDemanded);
      await process.clock.advance(laterMs);
      expect(await read(process.shelf)).toBeUndefined();
    });
  });

  describe('is not sent', () => {
    const slept = 'it may be in use elsewhere';

    it('where the machine slept until its lease was over', async () => {
      const { shelf, clock } = start();
      await shelf.hold(async () => {
        shelf.confirm();
        clock.suspend(2_999);
        shelf.confirm();
        clock.suspend(1);
        expect(() => shelf.confirm()).toThrow(slept);
      });
      shelf.confirm(); // nothing is held
    });

    it('where the store says that the lease is lost, or has not kept it for so long', async () => {
      let extend: TokenStore['extend'] = async () => true;
      const { shelf, clock } = start({}, { extend: (...all) => extend(...all) });
      await shelf.hold(async () => {
        await clock.advance(2_000);
        await clock.advance(2_000);
        shelf.confirm();
        extend = broken;
        await clock.advance(3_000);
        expect(() => shelf.confirm()).toThrow(slept);
        extend = async () => true;
        await clock.advance(1_000);
        shelf.confirm();
        extend = async () => false;
        await clock.advance(1_000);
        expect(() => shelf.confirm()).toThrow(slept);
      });
    });
  });

  it('is told of when it goes to another while it is in use', async () => {
    const { shelf, clock, events } = start({}, { extend: async () => false });
    const { kept, over, letGo } = holding(shelf);
    await kept;
    await clock.advance(1_000);
    expect(events).toEqual([{ type: 'store-lease-lost', request: { scope: 'a' } }]);
    letGo();
    await over;
  });

  it('is waited for no longer than a dead holder has its lease', async () => {
    const answers: StoreAnswer[] = [
      { generation: 0, lease: { remainingMs: 10 } },
      { generation: 0, lease: 'held' },
    ];
    const { shelf, clock } = start({}, { look: async () => answers.shift() as StoreAnswer });
    const held = read(shelf);
    await until(() => answers.length === 1);
    await tick();
    expect(clock.pending).toMatchObject([{ inMs: 10 }]);
    await clock.advance(10);
    await held;
  });

  it('is asked for again in a moment where the store says nothing of a lease', async () => {
    const answers: StoreAnswer[] = [{ generation: 0 }, { generation: 0, lease: 'held' }];
    const { shelf, clock, asked } = start({}, { look: async () => answers.shift() as StoreAnswer });
    const held = read(shelf);
    await until(() => asked.length > 0);
    await clock.advance(1);
    await held;
    expect(asked).toEqual(['look', 'look', 'release']);
  });

  it('is waited for no longer than somebody waits', async () => {
    const clock = new FakeClock();
    const first = start({ clock, store: memoryStore(clock) });
    const second = beside(first);
    const { kept, over, letGo } = holding(first.shelf);
    await kept;
    const given = expect(read(second.shelf)).rejects.toThrow('given up');
    await until(() => second.asked.length > 0);
    second.waiting.abort(new Error('given up'));
    await given;
    letGo();
    await over;
  });

  it.each<[string, object]>([
    ['is no text', { value: 4711, response: { spent: [] } }],
    ['has no history', { value: 'rt-1', response: {} }],
    ['has no readable history', { value: 'rt-1', response: { spent: 'rt-0' } }],
    ['has nothing beside it', { value: 'rt-1', response: null }],
  ])('is not taken from a store where it %s', async (_how, said) => {
    const token = { token: said, remainingMs: 1_000 } as unknown as NonNullable<StoreAnswer['token']>;
    const { shelf } = start({}, { look: async () => ({ generation: 1, lease: 'held', token }) });
    expect(await read(shelf)).toBeUndefined();
  });

  it('is known by those digests alone that are texts', async () => {
    const said = { value: 'rt-1', response: { spent: ['digest-0', 7, null, 'digest-1'] } };
    const token = { token: said, remainingMs: 1_000 } as unknown as NonNullable<StoreAnswer['token']>;
    const { shelf } = start({}, { look: async () => ({ generation: 1, lease: 'held', token }) });
    expect(await read(shelf)).toEqual({ secret: 'rt-1', spent: ['digest-0', 'digest-1'] });
  });
});
