import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { storeContract } from '../../../src/testing/store-contract.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { type MadeClient, singleClients } from './clients.ts';
import { describeWithRedis, encryptionKey, subscribed } from './rig.ts';

describeWithRedis('a store on Redis keeps the contract of all stores', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  }, 60_000);
  afterAll(async () => server?.stop());

  // Pools and GLIDE have no subscriber of their own here: they hear of news by asking again, as the README says.
  describe.each(Object.keys(singleClients).filter((name) => !/pool|glide/i.test(name)))('with %s', (name) => {
    const made: MadeClient[] = [];
    let handles: [TokenStore, TokenStore];
    beforeAll(async () => {
      const make = singleClients[name] as (typeof singleClients)[string];
      for (let client = 0; client < 2; client++) made.push(await make([server.port]));
      const [one, other] = made.map(({ client }) => redisStore(client, { encryptionKey }));
      handles = [one as TokenStore, other as TokenStore];
    });
    afterAll(async () => {
      for (const store of handles) await store.close();
      for (const one of made) await one.close();
    });
    const place = { advance: (ms: number) => sleep(ms), subscribed: () => subscribed([server], 1) };
    storeContract({ describe, it }, () => ({ ...place, handles }));
  });
});
