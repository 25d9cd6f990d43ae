import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { ask, describeWithRedis, encryptionKey, failure, token } from './rig.ts';

const keys = {
  token: 'tokenflight:{key}:token',
  lease: 'tokenflight:{key}:lease',
  history: 'tokenflight:{key}:history',
  failure: 'tokenflight:{key}:failure',
};
const otherKey = new Uint8Array(32).fill(8);
const DAY_MS = 86_400_000;

/** Times are the server's own: between what was set and a test slower than any. */
function expectBetween(ms: number, min: number, max: number): void {
  expect(ms).toBeGreaterThan(min);
  expect(ms).toBeLessThanOrEqual(max);
}

describeWithRedis('what lies on the server', () => {
  let server: RedisServer;
  let client: Redis;
  let store: TokenStore;

  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis({ host: '127.0.0.1', port: server.port });
  }, 60_000);
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    await client.flushall();
    store = redisStore(client, { encryptionKey });
  });

  const putToken = async (by: TokenStore = store): Promise<void> => {
    expect((await by.look('key', { ...ask, owner: 'first', always: true })).lease).toBe('held');
    expect(await by.put('key', 'first', token, 600_000)).toBe(true);
  };
  const putFailure = async (by: TokenStore = store): Promise<void> => {
    expect((await by.look('key', { ...ask, owner: 'first' })).lease).toBe('held');
    expect(await by.release('key', 'first', failure)).toBe(true);
  };

  test('a token goes with its life, a lease and a failure with theirs, and history stays a day longer', async () => {
    await store.look('key', ask);
    expectBetween(await client.pttl(keys.lease), 50_000, 60_000);
    await store.put('key', 'me', token, 100_000);
    expectBetween(await client.pttl(keys.token), 90_000, 100_000);
    expectBetween(await client.pttl(keys.history), DAY_MS + 90_000, DAY_MS + 100_000);
    expect(await client.exists(keys.lease)).toBe(0);
    await store.look('key', { ...ask, always: true });
    await store.release('key', 'me', failure);
    expectBetween(await client.pttl(keys.failure), 20_000, 30_000);
    expect(await client.dbsize()).toBe(3);
  });

  test('history is not cut short by a token of a shorter life', async () => {
    await putToken();
    await store.look('key', { ...ask, always: true });
    await store.put('key', 'me', { ...token, lifetimeMs: 1_000, marginMs: 0 }, 1_000);
    expectBetween(await client.pttl(keys.history), DAY_MS + 500_000, DAY_MS + 600_000);
  });

  test('the lease counts from when it was granted, however often it is extended or asked for again', async () => {
    await store.look('key', ask);
    await client.hincrby(keys.lease, 'granted', -500_000);
    await store.extend('key', 'me', 60_000);
    expect((await store.look('key', ask)).lease).toBe('held');
    await store.put('key', 'me', token, 600_000);
    expectBetween(await client.pttl(keys.token), 90_000, 100_000);
  });

  test('a token whose life is over when it comes is not kept, but counted', async () => {
    await store.look('key', ask);
    await client.hincrby(keys.lease, 'granted', -600_000);
    expect(await store.put('key', 'me', token, 600_000)).toBe(true);
    expect(await client.exists(keys.token, keys.lease)).toBe(0);
    expect(await store.look('key', ask)).toEqual({ generation: 1, lease: 'held' });
  });

  test('a clock of the server that was set back lengthens no life', async () => {
    await store.look('key', ask);
    await client.hincrby(keys.lease, 'granted', 500_000);
    await store.put('key', 'me', token, 900_000);
    expectBetween(await client.pttl(keys.token), 590_000, 600_000);
    await client.pexpire(keys.token, 900_000);
    expect((await store.look('key', ask)).token?.remainingMs).toBe(600_000);
  });

  describe('an entry that cannot be read is none, and the lease is given in the same step', () => {
    const damage: Record<string, (sealed: string) => Promise<unknown>> = {
      'one bit changed': (sealed) =>
        client.hset(keys.token, 'sealed', sealed.slice(0, -4) + (sealed.at(-4) === 'A' ? 'B' : 'A') + sealed.slice(-3)),
      'cut short': (sealed) => client.hset(keys.token, 'sealed', sealed.slice(0, 40)),
      empty: () => client.hset(keys.token, 'sealed', ''),
      'of a later version': (sealed) => client.hset(keys.token, 'sealed', sealed.replace('sealed1', 'sealed2')),
      unsealed: () => client.hset(keys.token, 'sealed', 'plain1.{"value":"evil","tokenType":"Bearer","response":{}}'),
      'with a longer life': () => client.hset(keys.token, 'lifetime', '6000000'),
      'with another margin': () => client.hset(keys.token, 'margin', '0'),
      'with another id': () => client.hset(keys.token, 'id', 'of-another-token'),
      'said to be forced': () => client.hset(keys.token, 'forced', '1'),
      'without an id': () => client.hdel(keys.token, 'id'),
      'with a life that is no number': () => client.hset(keys.token, 'lifetime', 'long'),
      'kept for ever': () => client.persist(keys.token),
      'of another type': () => client.set(keys.token, 'something else', 'PX', 60_000),
      'of a hash that is not ours': async () => {
        await client.del(keys.token);
        await client.hset(keys.token, 'other', 'field');
      },
      'moved here from another key': async () => {
        await store.look('other', ask);
        await store.put('other', 'me', token, 600_000);
        await client.rename('tokenflight:{other}:token', keys.token);
      },
    };

    test.each(Object.keys(damage))('%s', async (how) => {
      await putToken();
      await damage[how]?.((await client.hget(keys.token, 'sealed')) ?? '');
      expect(await store.look('key', ask)).toEqual({ generation: 1, isUnreadable: true, lease: 'held' });
      const other = await store.look('key', { ...ask, owner: 'you' });
      expect(other).toEqual({ generation: 1, isUnreadable: true, lease: { remainingMs: expect.any(Number) } });
      expect(await store.put('key', 'me', token, 600_000)).toBe(true);
      expect((await store.look('key', ask)).token?.token).toEqual(token);
    });

    test('and so is one that is asked for as it is', async () => {
      await putToken();
      await client.hset(keys.token, 'sealed', 'nonsense');
      const answer = await store.look('key', { ...ask, always: true });
      expect(answer).toEqual({ generation: 1, isUnreadable: true, lease: 'held' });
    });

    test('also a failure: its words are not taken on trust', async () => {
      await putFailure();
      await client.set(keys.failure, 'plain1.{"code":"x","message":"y","retryable":true,"pauseMs":1}', 'PX', 60_000);
      expect(await store.look('key', ask)).toEqual({ generation: 0, isUnreadable: true, lease: 'held' });
    });

    test('also both', async () => {
      await putToken();
      await store.look('key', { ...ask, always: true });
      await store.release('key', 'me', failure);
      await client.set(keys.failure, 'nonsense', 'PX', 60_000);
      await client.hset(keys.token, 'sealed', 'nonsense');
      expect(await store.look('key', ask)).toEqual({ generation: 1, isUnreadable: true, lease: 'held' });
    });

    test.each(Object.values(keys))('%s as a list harms nobody', async (key) => {
      await client.rpush(key, 'a');
      expect(await store.look('key', ask)).toMatchObject({ generation: 0, lease: 'held' });
      expect(await store.put('key', 'me', token, 600_000)).toBe(true);
      expect(await store.look('key', ask)).toMatchObject({ generation: 1, token: { token } });
      expect(await store.invalidate('key', token.id, 0)).toBe(true);
    });

    test('a lease that nothing would end is none', async () => {
      await store.look('key', ask);
      await client.persist(keys.lease);
      expect((await store.look('key', { ...ask, owner: 'you' })).lease).toBe('held');
      expect(await store.put('key', 'me', token, 600_000)).toBe(false);
    });

    test('one that takes the place of another meanwhile is read', async () => {
      await putToken(redisStore(client, { encryptionKey: otherKey }));
      const changing = redisStore(
        // In the moment between finding that it does not open, and asking again.
        Object.assign(Object.create(client) as Redis, {
          evalsha: async (sha1: string, count: number, ...rest: string[]) => {
            if (rest.at(-2) !== '') await putToken();
            return client.evalsha(sha1, count, ...rest);
          },
        }),
        { encryptionKey },
      );
      expect((await changing.look('key', ask)).token?.token).toEqual(token);
    });

    test('many that do, one after the other, are given up on', async () => {
      const others = redisStore(client, { encryptionKey: otherKey });
      await putToken(others);
      let looks = 0;
      const changing = redisStore(
        Object.assign(Object.create(client) as Redis, {
          evalsha: async (sha1: string, count: number, ...rest: string[]) => {
            looks++;
            await putToken(others);
            return client.evalsha(sha1, count, ...rest);
          },
        }),
        { encryptionKey },
      );
      expect(await changing.look('key', ask)).toMatchObject({ isUnreadable: true, lease: 'held' });
      expect(looks).toBe(3);
    });
  });

  test('keys are changed without a token lost: new last, then new first, then old gone', async () => {
    const old = store;
    const opensBoth = redisStore(client, { encryptionKeys: [encryptionKey, otherKey] });
    const sealsNew = redisStore(client, { encryptionKeys: [otherKey, encryptionKey] });
    const onlyNew = redisStore(client, { encryptionKey: otherKey });
    for (const [writer, readers] of [
      [old, [old, opensBoth, sealsNew]],
      [opensBoth, [old, opensBoth, sealsNew]],
      [sealsNew, [opensBoth, sealsNew, onlyNew]],
    ] as const) {
      await putToken(writer);
      for (const reader of readers) expect((await reader.look('key', ask)).token?.token).toEqual(token);
    }
    expect(await old.look('key', ask)).toMatchObject({ isUnreadable: true, lease: 'held' });
  });

  test('without a key, tokens lie there for all to read, as was asked for', async () => {
    const open = redisStore(client, { allowPlaintext: true });
    await putToken(open);
    expect(await client.hget(keys.token, 'sealed')).toContain(token.value);
    expect((await open.look('key', ask)).token?.token).toEqual(token);
    expect(await store.look('key', ask)).toMatchObject({ isUnreadable: true, lease: 'held' });
  });

  test('stores with different prefixes know nothing of each other', async () => {
    await putToken(redisStore(client, { encryptionKey, prefix: 'elsewhere' }));
    expect(await store.look('key', ask)).toEqual({ generation: 0, lease: 'held' });
  });
});
