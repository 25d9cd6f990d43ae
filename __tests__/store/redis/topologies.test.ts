import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { RedisCluster } from '../../servers/redis-cluster.ts';
import { RedisSentinel } from '../../servers/redis-sentinel.ts';
import { clusterClients, sentinelClients } from './clients.ts';
import { ask, describeWithRedis, encryptionKey, subscribed, token } from './rig.ts';

describeWithRedis('on a cluster of three masters', () => {
  let cluster: RedisCluster;
  let ports: readonly number[];
  beforeAll(async () => {
    cluster = await RedisCluster.start();
    ports = cluster.servers.map(({ port }) => port);
  }, 60_000);
  afterAll(async () => cluster?.stop());

  test.each(Object.keys(clusterClients))(
    '%s reaches the keys of every node, and hears from every node',
    async (name) => {
      const made = await (clusterClients[name] as (typeof clusterClients)[string])(ports);
      const store = redisStore(made.client, { encryptionKey, subscriber: made.subscriber });
      const heard: string[] = [];
      let hearAll = (): void => {};
      const allHeard = new Promise<void>((resolve) => {
        hearAll = resolve;
      });
      const keys = Array.from({ length: 24 }, (_, index) => `${name.replaceAll(/\W/g, '')}-${index}`);
      store.subscribe((news) => {
        heard.push(news.key);
        if (heard.length === keys.length) hearAll();
      });
      await subscribed(cluster.servers, 1);
      for (const key of keys) await shareOnce(store, key);
      await allHeard;
      expect(heard).toEqual(expect.arrayContaining(keys));
      const sizes = await Promise.all(cluster.servers.map((server) => server.run('DBSIZE')));
      for (const size of sizes) expect(size).toBeGreaterThan(0);
      await store.close();
      made.close();
      await subscribed(cluster.servers, 0);
    },
  );
});

describeWithRedis('with Sentinel', () => {
  let sentinel: RedisSentinel;
  beforeAll(async () => {
    sentinel = await RedisSentinel.start();
  }, 60_000);
  afterAll(async () => sentinel?.stop());

  test.each(Object.keys(sentinelClients))('%s finds the master, and hears of it', async (name) => {
    const made = await (sentinelClients[name] as (typeof sentinelClients)[string])([sentinel.sentinel.port]);
    const store = redisStore(made.client, { encryptionKey });
    const heard = new Promise((resolve) => store.subscribe(resolve));
    await subscribed(sentinel.nodes, 1);
    const key = name.replaceAll(/\W/g, '');
    await shareOnce(store, key);
    expect(await heard).toEqual({ type: 'settled', key });
    await store.close();
    made.close();
    await subscribed(sentinel.nodes, 0);
  });
});

/** The whole of what a store does for one token. */
async function shareOnce(store: TokenStore, key: string): Promise<void> {
  expect(await store.look(key, ask)).toEqual({ generation: 0, lease: 'held' });
  expect(await store.extend(key, 'me', 60_000)).toBe(true);
  expect(await store.put(key, 'me', token, 600_000)).toBe(true);
  expect((await store.look(key, ask)).token?.token).toEqual(token);
}
