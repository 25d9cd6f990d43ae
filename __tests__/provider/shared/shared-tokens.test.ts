import { describe, expect, it } from '@jest/globals';
import type { StoredToken, TokenStore } from '../../../src/store/token-store.ts';
import type { StoreOperation, TokenEvent } from '../../../src/telemetry/events.ts';
import { type Fleet, fleet } from '../../fakes/fleet.ts';
import type { ProviderUnderTest } from '../../fakes/provider-under-test.ts';

const SECOND = 1_000;
const ONE_TRY = { retry: { retries: 0 } };
const NO_CLIENT = { error: 'invalid_client' };

const broken = (): Promise<never> => Promise.reject(new Error('READONLY replica'));

interface Pair extends Fleet {
  readonly one: ProviderUnderTest;
  readonly two: ProviderUnderTest;
  readonly key: () => string;
  /** What was put, in order. */
  readonly put: StoredToken[];
}

/** Two processes that share a store, and what they put there. */
function pair(
  options: Parameters<typeof fleet>[1] = {},
  replaced: (store: TokenStore, member: number) => Partial<TokenStore> = () => ({}),
): Pair {
  const put: StoredToken[] = [];
  let key = '';
  const processes = fleet(2, { refreshJitter: 0, ...options }, (store, member) => ({
    ...store,
    look(asked, ask) {
      key = asked;
      return store.look(asked, ask);
    },
    put(asked, owner, token, remainingMs) {
      put.push(token);
      return store.put(asked, owner, token, remainingMs);
    },
    ...replaced(store, member),
  }));
  const [one, two] = processes.members as [ProviderUnderTest, ProviderUnderTest];
  return { ...processes, one, two, key: () => key, put };
}

const forced = ({ provider }: ProviderUnderTest): Promise<string> =>
  provider.getToken({}, { forceRefresh: true }).then(({ value }) => value);

function told<T extends TokenEvent['type']>(
  { events }: ProviderUnderTest,
  type: T,
): readonly Extract<TokenEvent, { type: T }>[] {
  return events.filter((event): event is Extract<TokenEvent, { type: T }> => event.type === type);
}

describe('a failure that processes share', () => {
  it('may be one that no server told', async () => {
    const { one, two, clock, endpoint } = pair(ONE_TRY);
    endpoint.reaction = (request) => request.fail();
    await expect(clock.settle(one.provider.getToken())).rejects.toThrow();
    await clock.advance(100);
    const error = await clock.settle(two.provider.getToken().catch((caught: unknown) => caught));
    await clock.advance(40);
    expect(error).toMatchObject({ code: 'ERR_TOKENFLIGHT_UNREACHABLE', ageMs: 40 });
    expect(told(two, 'store-failure')).toMatchObject([{ error, pauseMs: 150 }]);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('keeps them off for longer each time', async () => {
    const { one, clock, endpoint } = pair(ONE_TRY);
    endpoint.answerAll(503, {});
    for (const pauseMs of [250, 500, 1_000]) {
      await expect(clock.settle(one.provider.getToken())).rejects.toThrow();
      expect(told(one, 'refresh-failed').at(-1)).toMatchObject({ pauseMs });
      await clock.advance(pauseMs);
    }
  });

  it.each([
    [500, 1_000],
    [4_000, 5_000],
  ])('keeps them off for 5 s at most, unless the server says more: least pause %i ms', async (minDelayMs, pauseMs) => {
    const { one, two, clock, endpoint } = pair({ ...ONE_TRY, coolDown: { minDelayMs } });
    endpoint.answerAll(400, { error: 'invalid_scope' });
    await expect(clock.settle(one.provider.getToken())).rejects.toThrow();
    await expect(clock.settle(two.provider.getToken())).rejects.toThrow();
    expect(told(one, 'refresh-failed')).toMatchObject([{ pauseMs }]);
    expect(told(two, 'store-failure')).toMatchObject([{ pauseMs }]);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is met by its own process as it was, also where the store fails to keep it', async () => {
    const { one, clock, endpoint } = pair(ONE_TRY, () => ({ release: broken }));
    endpoint.answerAll(400, { error: 'invalid_scope' });
    await expect(clock.settle(one.provider.getToken())).rejects.toMatchObject({ error: 'invalid_scope' });
    expect(told(one, 'store-failed')).toMatchObject([{ operation: 'release', why: 'READONLY' }]);
  });
});

describe('a client that the server does not know', () => {
  it('is tried by a process that had a token, whose secret may be newer', async () => {
    const { one, two, clock, endpoint } = pair(ONE_TRY);
    endpoint.grantAll(600);
    await clock.settle(one.provider.getToken());
    await clock.advance(600 * SECOND);
    endpoint.answerAll(401, NO_CLIENT);
    await expect(clock.settle(two.provider.getToken())).rejects.toMatchObject(NO_CLIENT);
    endpoint.grantAll(600);
    expect((await clock.settle(one.provider.getToken())).value).toBe('token-3');
  });

  it('is tried by a process that failed for another reason', async () => {
    const { one, two, clock, endpoint } = pair(ONE_TRY);
    endpoint.answerAll(400, { error: 'invalid_scope' });
    await expect(clock.settle(one.provider.getToken())).rejects.toMatchObject({ error: 'invalid_scope' });
    await clock.advance(1 * SECOND);
    endpoint.answerAll(401, NO_CLIENT);
    await expect(clock.settle(two.provider.getToken())).rejects.toMatchObject(NO_CLIENT);
    endpoint.grantAll(600);
    expect((await clock.settle(one.provider.getToken())).value).toBe('token-3');
  });

  it('is not tried by a process that was refused itself while another one learns the same', async () => {
    const { one, two, clock, endpoint } = pair(ONE_TRY);
    endpoint.answerAll(401, NO_CLIENT);
    await expect(clock.settle(one.provider.getToken())).rejects.toMatchObject(NO_CLIENT);
    await clock.advance(900);
    await expect(clock.settle(two.provider.getToken())).rejects.toMatchObject(NO_CLIENT);
    await clock.advance(200); // its own pause is over, that of the other is not
    await expect(clock.settle(one.provider.getToken())).rejects.toMatchObject(NO_CLIENT);
    expect(endpoint.requests).toHaveLength(2);
    expect(told(one, 'store-failure')).toMatchObject([{ pauseMs: 800 }]);
  });
});

describe('a refresh by force', () => {
  it.each([
    ['nobody has a token', false],
    ['the store has one, which will not do', true],
  ])('is one for two processes that ask at once, where %s', async (_where, isStored) => {
    const processes = fleet(3, { refreshJitter: 0 });
    const { clock, endpoint, members } = processes;
    const [first, ...others] = members as [ProviderUnderTest, ...ProviderUnderTest[]];
    endpoint.grantAll(600);
    if (isStored) await clock.settle(first.provider.getToken());
    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    const waiting = Promise.race(others.map(({ next }) => next('store-waiting')));
    const calls = Promise.all(others.map(forced));
    const request = await arrival;
    await waiting;
    await clock.advance(200);
    request.grant('newest', 600);
    expect(await clock.settle(calls)).toEqual(['newest', 'newest']);
    expect(endpoint.requests).toHaveLength(isStored ? 2 : 1);
  });

  it('takes the newer token that another process has just got', async () => {
    const { one, two, clock, endpoint } = pair();
    endpoint.grantAll(600);
    await clock.settle(one.provider.getToken());
    await clock.settle(two.provider.getToken());
    expect(await clock.settle(forced(one))).toBe('token-2');
    expect(await clock.settle(forced(two))).toBe('token-2');
    expect(endpoint.requests).toHaveLength(2);
  });

  it('brings a token that no other process drops at once', async () => {
    const { one, two, clock, endpoint, put } = pair();
    endpoint.grantAll(600);
    await clock.settle(one.provider.getToken());
    await clock.settle(forced(one));
    const adopted = await clock.settle(two.provider.getToken());
    expect(await two.provider.invalidate(adopted)).toBe(false);
    expect(told(two, 'invalidation-ignored')).toMatchObject([{ why: 'limited' }]);
    expect(put.map(({ isForced }) => isForced)).toEqual([false, true]);
  });
});

describe('a rejected token', () => {
  it('is not taken from a store that could not drop it, and what replaces it is kept for a while', async () => {
    const { one, clock, endpoint, put } = pair({}, () => ({ invalidate: broken }));
    endpoint.grantAll(600);
    await one.provider.invalidate(await clock.settle(one.provider.getToken()));
    expect((await clock.settle(one.provider.getToken())).value).toBe('token-2');
    expect(put.map(({ isForced }) => isForced)).toEqual([false, true]);
    expect(told(one, 'store-failed')).toMatchObject([{ operation: 'invalidate', why: 'READONLY' }]);
  });

  it('may have been about to be refreshed', async () => {
    const { one, clock, endpoint } = pair();
    endpoint.grantAll(600);
    const token = await clock.settle(one.provider.getToken());
    await clock.advance(301 * SECOND);
    expect(one.provider.peek()).toBe(token); // begins a refresh
    const dropped = one.provider.invalidate(token);
    expect((await clock.settle(one.provider.getToken())).value).toBe('token-2');
    expect(await dropped).toBe(true);
  });
});

describe('a stale token', () => {
  it('is not replaced by an older one, also where another process is at it', async () => {
    let isBroken = true;
    const { one, two, clock, endpoint, store, key } = pair({ expiryMarginMs: 0 }, (inner, member) =>
      member === 0 ? { look: (asked, ask) => (isBroken ? broken() : inner.look(asked, ask)) } : {},
    );
    endpoint.grantAll(600);
    await clock.settle(two.provider.getToken()); // token-1, stored
    await clock.advance(100 * SECOND);
    await clock.settle(one.provider.getToken()); // token-2, alone
    isBroken = false;
    await clock.advance(301 * SECOND);
    await store.look(key(), { owner: 'dead', leaseMs: 3 * SECOND, always: true });
    const waiting = one.next('store-waiting');
    const behind = one.next('refresh-succeeded');
    expect(one.provider.peek()?.value).toBe('token-2'); // begins a refresh
    await clock.settle(waiting);
    await clock.advance(4 * SECOND);
    await clock.settle(behind);
    expect(one.provider.peek()?.value).toBe('token-3');
  });
});

describe('a store', () => {
  it('that works is told of nowhere but where it helps', async () => {
    const { one, two, clock, endpoint } = pair();
    endpoint.grantAll(600);
    await clock.settle(one.provider.getToken());
    await clock.settle(two.provider.getToken());
    const types = (member: ProviderUnderTest): string[] =>
      member.events.map(({ type }) => type).filter((type) => type.startsWith('store-'));
    expect(types(one)).toEqual([]);
    expect(types(two)).toEqual(['store-hit']);
  });

  it('that fails to keep a token costs nothing, and no lease is said to be lost', async () => {
    const { one, clock, endpoint } = pair({}, () => ({ put: broken }));
    endpoint.grantAll(600);
    expect((await clock.settle(one.provider.getToken())).value).toBe('token-1');
    const failures = told(one, 'store-failed').map(({ operation }): StoreOperation => operation);
    expect(new Set(failures)).toEqual(new Set(['put']));
    expect(one.count('store-lease-lost')).toBe(0);
  });

  it('with an entry that does not open is told of, and the entry is replaced', async () => {
    const { one, clock, endpoint, put } = pair({}, (store) => ({
      look: async (key, ask) => ({ ...(await store.look(key, ask)), isUnreadable: true }),
    }));
    endpoint.grantAll(600);
    expect((await clock.settle(one.provider.getToken())).value).toBe('token-1');
    expect(one.events).toContainEqual({ type: 'store-entry-unreadable', request: {} });
    expect(put).toHaveLength(1);
  });

  it('that says nothing at all is asked again in a moment', async () => {
    let looks = 0;
    const { one, clock, endpoint } = pair({}, (store) => ({
      look: async (key, ask) => (++looks === 1 ? { generation: 0 } : store.look(key, ask)),
    }));
    endpoint.grantAll(600);
    const waiting = one.next('store-waiting');
    const call = one.provider.getToken();
    expect(await clock.settle(waiting)).toMatchObject({ leaseMs: 0 });
    await clock.advance(1);
    expect((await clock.settle(call)).value).toBe('token-1');
  });
});
