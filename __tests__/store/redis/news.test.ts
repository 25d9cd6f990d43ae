import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { StoreNews, TokenStore } from '../../../src/store/token-store.ts';
import { FaultProxy } from '../../servers/fault-proxy.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { type MadeClient, singleClients } from './clients.ts';
import {
  ask,
  describeWithRedis,
  encryptionKey,
  failure,
  subscribed,
  subscribedAnew,
  subscribers,
  token,
} from './rig.ts';

describeWithRedis('news', () => {
  let server: RedisServer;
  let teller: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    teller = new Redis({ host: '127.0.0.1', port: server.port });
  }, 60_000);
  afterAll(async () => {
    teller?.disconnect();
    await server?.stop();
  });

  /** Hears all, and lets a test wait for the next. */
  function listen(store: TokenStore): { next(): Promise<StoreNews>; stop(): void } {
    const heard: StoreNews[] = [];
    const waiting: ((news: StoreNews) => void)[] = [];
    const stop = store.subscribe((news) => {
      const tell = waiting.shift();
      if (tell) tell(news);
      else heard.push(news);
    });
    const next = async (): Promise<StoreNews> => heard.shift() ?? new Promise((resolve) => waiting.push(resolve));
    return { next, stop };
  }

  describe.each(Object.keys(singleClients))('with %s', (name) => {
    let proxy: FaultProxy;
    let made: MadeClient;
    let store: TokenStore;

    beforeEach(async () => {
      await server.run('FLUSHALL');
      proxy = await FaultProxy.start(server.port);
      made = await (singleClients[name] as (typeof singleClients)[string])([proxy.port]);
      store = redisStore(made.client, { encryptionKey, subscriber: made.subscriber });
    });
    afterEach(async () => {
      await store.close();
      made.close();
      await proxy.stop();
      await subscribed([server], 0);
    });

    test('what another process does is told', async () => {
      const { next } = listen(store);
      await subscribed([server], 1);
      const other = redisStore(teller, { encryptionKey });
      await other.look('key', ask);
      await other.put('key', 'me', token, 600_000);
      expect(await next()).toEqual({ type: 'settled', key: 'key' });
      await other.invalidate('key', token.id, 0);
      expect(await next()).toEqual({ type: 'invalidated', key: 'key', tokenId: token.id });
      await other.look('key', ask);
      await other.release('key', 'me');
      expect(await next()).toEqual({ type: 'settled', key: 'key' });
    });

    test('the subscription outlives its connection', async () => {
      const { next } = listen(store);
      await subscribed([server], 1);
      const before = await subscribers(server);
      proxy.reset();
      await subscribedAnew(server, before);
      await subscribed([server], 1);
      await teller.publish('tokenflight:news', 'settled key');
      expect(await next()).toEqual({ type: 'settled', key: 'key' });
    });

    test('it ends with the last listener, comes back with the next, and ends for good with the store', async () => {
      const first = listen(store);
      const second = listen(store);
      await subscribed([server], 1);
      first.stop();
      await teller.publish('tokenflight:news', 'settled key');
      expect(await second.next()).toEqual({ type: 'settled', key: 'key' });
      second.stop();
      second.stop();
      await subscribed([server], 0);
      listen(store);
      await subscribed([server], 1);
      await store.close();
      await subscribed([server], 0);
      expect((await store.look('key', ask)).lease).toBe('held'); // the client is its user's
    });
  });

  describe('with ioredis and redis', () => {
    const made: Redis[] = [];
    afterEach(async () => {
      for (const client of made.splice(0)) if (client.status !== 'end') client.disconnect();
      await subscribed([server], 0);
    });
    const ioredis = (options: object = {}): Redis => {
      const client = new Redis({ host: '127.0.0.1', port: server.port, ...options }).on('error', () => {});
      made.push(client);
      return client;
    };

    test('no connection is made before anybody listens', async () => {
      const before = await clients();
      const store = redisStore(ioredis(), { encryptionKey });
      await store.look('key', ask);
      expect(await clients()).toBe(before + 1);
      store.subscribe(() => {});
      await subscribed([server], 1);
      expect(await clients()).toBe(before + 2);
      await store.close();
    });

    test('the connection ends with the client, also where nobody closes the store', async () => {
      const one = ioredis();
      redisStore(one, { encryptionKey }).subscribe(() => {});
      const other = createClient({ url: `redis://127.0.0.1:${server.port}` });
      await other.connect();
      redisStore(other, { encryptionKey }).subscribe(() => {});
      await subscribed([server], 2);
      await one.quit();
      await subscribed([server], 1);
      await other.close();
      await subscribed([server], 0);
    });

    test('options of the client that make it impatient do not concern its duplicate', async () => {
      const impatient = {
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        autoResubscribe: false,
        lazyConnect: true,
      };
      const client = ioredis(impatient);
      const store = redisStore(client, { encryptionKey });
      store.subscribe(() => {});
      await subscribed([server], 1);
      const before = await subscribers(server);
      await server.run('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await subscribedAnew(server, before);
      await subscribed([server], 1);
      await store.close();
    });

    test('what others publish on the channel is no news', async () => {
      const store = redisStore(ioredis(), { encryptionKey });
      const { next } = listen(store);
      await subscribed([server], 1);
      for (const message of ['', ' ', 'settled', 'settled ', 'settled a b', 'invalidated a', 'invalidated  b', 'x y'])
        await teller.publish('tokenflight:news', message);
      await teller.publish('tokenflight:news', 'settled key');
      expect(await next()).toEqual({ type: 'settled', key: 'key' });
      await store.close();
    });

    test('a listener that throws disturbs no other', async () => {
      const store = redisStore(ioredis(), { encryptionKey });
      store.subscribe(() => {
        throw new Error('its own fault');
      });
      const { next } = listen(store);
      await subscribed([server], 1);
      await teller.publish('tokenflight:news', 'settled key');
      expect(await next()).toEqual({ type: 'settled', key: 'key' });
      await store.close();
    });

    test('a user who may not publish loses the news, and nothing else', async () => {
      await server.run('ACL', 'SETUSER', 'mute', 'on', '>pass', '~*', '+@all', 'resetchannels');
      const store = redisStore(ioredis({ username: 'mute', password: 'pass' }), { encryptionKey });
      await store.look('mute', ask);
      expect(await store.put('mute', 'me', token, 600_000)).toBe(true);
      expect((await store.look('mute', ask)).token?.token).toEqual(token);
    });

    test('a user with no more rights than the README names can do all', async () => {
      const commands = 'evalsha eval subscribe unsubscribe publish time hmget hset get set del pttl pexpire'.split(' ');
      const rights = ['-@all', ...commands.map((command) => `+${command}`), '~tokenflight:*', 'resetchannels'];
      // The client itself asks whether the server is ready.
      const given = [...rights, '&tokenflight:news', '+info'];
      await server.run('ACL', 'SETUSER', 'lean', 'reset', 'on', '>pass', ...given);
      const store = redisStore(ioredis({ username: 'lean', password: 'pass' }), { encryptionKey });
      const { next } = listen(store);
      await subscribed([server], 1);
      await server.run('SCRIPT', 'FLUSH');
      await store.look('lean', ask);
      await store.release('lean', 'me', { ...failure, pauseMs: 0 });
      expect(await next()).toEqual({ type: 'settled', key: 'lean' });
      await store.look('lean', ask);
      await store.extend('lean', 'me', 60_000);
      await store.put('lean', 'me', token, 600_000);
      expect(await next()).toEqual({ type: 'settled', key: 'lean' });
      expect((await store.look('lean', ask)).token?.token).toEqual(token);
      await store.invalidate('lean', token.id, 0);
      expect(await next()).toEqual({ type: 'invalidated', key: 'lean', tokenId: token.id });
      await store.look('lean', ask);
      await store.release('lean', 'me', failure);
      expect(await store.look('lean', ask)).toMatchObject({ failure: { message: failure.message } });
      await store.close();
    });

    async function clients(): Promise<number> {
      return String(await server.run('CLIENT', 'LIST'))
        .trim()
        .split('\n').length;
    }
  });
});
