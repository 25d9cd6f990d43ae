import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TokenProvider } from '../../../src/provider/token-provider.ts';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { StoreNews, TokenStore } from '../../../src/store/token-store.ts';
import type { TokenEvent } from '../../../src/telemetry/events.ts';
import { RedisSentinel } from '../../servers/redis-sentinel.ts';
import { TokenServer } from '../../servers/token-server.ts';
import { type MadeClient, sentinelClients } from './clients.ts';
import { ask, describeWithRedis, encryptionKey, subscribed } from './rig.ts';

const DOWN_AFTER_MS = 300;

describeWithRedis('when the master is killed and its replica takes its place', () => {
  let sentinel: RedisSentinel;
  let endpoint: TokenServer;
  let made: readonly MadeClient[] = [];
  let stores: TokenStore[] = [];
  let fleet: TokenProvider[] = [];
  const events: TokenEvent[] = [];

  beforeEach(async () => {
    [sentinel, endpoint] = await Promise.all([RedisSentinel.start(DOWN_AFTER_MS), TokenServer.start()]);
    events.length = 0;
  }, 60_000);
  afterEach(async () => {
    await Promise.all(fleet.map((provider) => provider.close()));
    await Promise.all(stores.map((store) => store.close()));
    for (const one of made) await one.close();
    await endpoint.close();
    await sentinel.stop();
  }, 60_000);

  test.each(Object.keys(sentinelClients))(
    'callers with a token notice nothing, others get one all the same, and then all share again: %s',
    async (name) => {
      const make = sentinelClients[name] as (typeof sentinelClients)[string];
      made = await Promise.all([make([sentinel.sentinel.port]), make([sentinel.sentinel.port])]);
      stores = made.map(({ client }) => redisStore(client, { encryptionKey }));
      const own = { tokenUrl: endpoint.url, clientId: 'client', clientSecret: 'secret', storeTimeoutMs: 500 };
      fleet = stores.map((store) => new TokenProvider({ ...own, store }));
      const [one, other] = fleet as [TokenProvider, TokenProvider];
      one.on((event) => events.push(event));
      const heard: StoreNews[] = [];
      stores[1]?.subscribe((news) => heard.push(news));
      await subscribed(sentinel.nodes, 2);
      const token = await one.getToken();
      expect((await other.getToken()).value).toBe(token.value);

      const failedOver = sentinel.failOver();
      await untilTold(one, events); // one that has no token finds no store, and asks for itself
      expect(one.peek()).toBe(token);
      expect(await other.getToken()).toMatchObject({ value: token.value });
      await failedOver;

      await untilWell(stores);
      await subscribed(sentinel.nodes, 2);
      await untilShared(one, other);
      const told = heard.length;
      await stores[0]?.look('news', ask);
      await stores[0]?.release('news', 'me');
      while (heard.length === told) await turn();
    },
    120_000,
  );

  /** Asks for ever other tokens while the store fails: none of them may fail. */
  async function untilTold(provider: TokenProvider, told: readonly TokenEvent[]): Promise<void> {
    for (let call = 0; !told.some(({ type }) => type === 'store-failed'); call++) {
      expect((await provider.getToken({ scope: `alone-${call}` })).value).toMatch(/^token-/);
    }
  }

  async function untilWell(all: readonly TokenStore[]): Promise<void> {
    for (const store of all) while ((await store.look('well', ask).catch(() => undefined)) === undefined) await turn();
  }

  /** A provider leaves a store that failed alone for a while. */
  async function untilShared(one: TokenProvider, other: TokenProvider): Promise<void> {
    for (let call = 0; ; call++) {
      const request = { scope: `shared-${call}` };
      const [mine, theirs] = [await one.getToken(request), await other.getToken(request)];
      if (mine.value === theirs.value) return;
      await turn();
    }
  }

  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
});
