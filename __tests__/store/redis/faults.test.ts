import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TokenProvider } from '../../../src/provider/token-provider.ts';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { FaultProxy } from '../../servers/fault-proxy.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { TokenServer } from '../../servers/token-server.ts';
import { type MadeClient, singleClients } from './clients.ts';
import { ask, describeWithRedis, encryptionKey, failure, token } from './rig.ts';

describeWithRedis('when the network or the server has a bad day', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  }, 60_000);
  afterAll(async () => server?.stop());

  describe.each(['ioredis 6', 'ioredis 5', 'iovalkey', 'redis 6', 'redis 5', '@valkey/valkey-glide'])('%s', (name) => {
    let proxy: FaultProxy;
    let made: MadeClient;
    let store: TokenStore;

    beforeEach(async () => {
      await server.run('FLUSHALL');
      proxy = await FaultProxy.start(server.port);
      made = await (singleClients[name] as (typeof singleClients)[string])([proxy.port]);
      store = redisStore(made.client, { encryptionKey });
    });
    afterEach(async () => {
      made.close();
      await proxy.stop();
    });

    test('a server that forgot its scripts is told them again', async () => {
      await store.look('key', ask);
      await server.run('SCRIPT', 'FLUSH');
      expect(await store.put('key', 'me', token, 600_000)).toBe(true);
      await server.run('SCRIPT', 'FLUSH');
      expect((await store.look('key', ask)).token?.token).toEqual(token);
    });

    test('so is one that says so now and then', async () => {
      for (let time = 0; time < 3; time++) {
        proxy.answerWith('NOSCRIPT No matching script. Please use EVAL.');
        expect((await store.look('key', ask)).lease).toBe('held');
      }
    });

    test.each([
      "READONLY You can't write against a read only replica.",
      "OOM command not allowed when used memory > 'maxmemory'.",
      "NOPERM this user has no permissions to run the 'evalsha' command",
      'LOADING Redis is loading the dataset in memory',
      'MOVED 3999 127.0.0.1:1',
      'ERR something else',
    ])('an error is told, and the next call goes on: %s', async (error) => {
      await store.look('other', ask);
      proxy.answerWith(error);
      await expect(store.look('key', ask)).rejects.toThrow();
      expect((await store.look('key', ask)).lease).toBe('held');
    });

    test('a server that says nothing costs a provider the time that it gives the store, and no token', async () => {
      const endpoint = await TokenServer.start();
      const client = { tokenUrl: endpoint.url, clientId: 'client', clientSecret: 'secret' };
      const provider = new TokenProvider({ ...client, store, storeTimeoutMs: 50 });
      const failures: unknown[] = [];
      provider.on((event) => event.type === 'store-failed' && failures.push(event));
      proxy.onReplies('swallow');
      expect((await provider.getToken()).value).toBe('token-1');
      expect(failures[0]).toMatchObject({ operation: 'look', why: 'timeout' });
      proxy.onReplies('pass');
      proxy.reset();
      await expect(eventually(() => store.look('key', ask))).resolves.toMatchObject({ lease: 'held' });
      await provider.close();
      await endpoint.close();
    });

    test('a token that was long on its way lives no longer for it', async () => {
      await store.look('key', ask);
      proxy.holdRequests();
      const put = store.put('key', 'me', token, 600_000);
      await proxy.somethingHeld();
      // As if 500 seconds went by: the lease was granted so long ago.
      await server.run('EVAL', `redis.call('HINCRBY', 'tokenflight:{key}:lease', 'granted', -500000)`, '0');
      proxy.release();
      expect(await put).toBe(true);
      const left = Number(await server.run('PTTL', 'tokenflight:{key}:token'));
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(100_000);
    });

    test('a token that comes after its lease was lost changes nothing', async () => {
      const other = redisStore(made.client, { encryptionKey });
      await store.look('key', ask);
      proxy.holdRequests();
      const put = store.put('key', 'me', token, 600_000);
      await proxy.somethingHeld();
      await server.run('DEL', 'tokenflight:{key}:lease'); // it ran out
      proxy.release();
      expect(await put).toBe(false);
      expect(await server.run('EXISTS', 'tokenflight:{key}:token')).toBe(0);

      expect((await other.look('key', { ...ask, owner: 'you' })).lease).toBe('held');
      expect(await store.put('key', 'me', token, 600_000)).toBe(false);
      expect(await store.extend('key', 'me', 60_000)).toBe(false);
      expect(await store.release('key', 'me', failure)).toBe(false);
      const newer = { ...token, id: 'newer' };
      expect(await other.put('key', 'you', newer, 600_000)).toBe(true);
      expect(await store.put('key', 'me', token, 600_000)).toBe(false);
      expect((await store.look('key', ask)).token?.token).toEqual(newer);
    });

    test('a connection that is lost with the answer harms no later call', async () => {
      await store.look('key', ask);
      proxy.onReplies('hold');
      const put = store.put('key', 'me', token, 600_000).catch(() => 'failed');
      await proxy.somethingHeld();
      proxy.onReplies('pass');
      proxy.reset();
      // Some clients send it again, and learn that it is done; the others tell that they do not know.
      expect([true, 'failed']).toContain(await put);
      await expect(eventually(() => store.look('key', ask))).resolves.toMatchObject({
        generation: 1,
        token: { token },
      });
    });

    test('so does one that ends in the middle of an answer', async () => {
      await store.look('key', ask);
      await store.put('key', 'me', token, 600_000);
      proxy.onReplies('cut');
      const look = store.look('key', ask).catch(() => undefined);
      await proxy.somethingCut();
      proxy.onReplies('pass');
      await look;
      await expect(eventually(() => store.look('key', ask))).resolves.toMatchObject({
        generation: 1,
        token: { token },
      });
    });
  });
});

/** A client that has just lost its connection may fail a call or two. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
