import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { TokenProvider } from '../../../src/provider/token-provider.ts';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { TokenServer } from '../../servers/token-server.ts';
import { describeWithRedis, encryptionKey } from './rig.ts';

const SIZE = 5;

describeWithRedis('a fleet of providers, each with a client of its own', () => {
  let server: RedisServer;
  let endpoint: TokenServer;
  const clients: Redis[] = [];
  const fleet: TokenProvider[] = [];

  beforeAll(async () => {
    [server, endpoint] = await Promise.all([RedisServer.start(), TokenServer.start()]);
    for (let index = 0; index < SIZE; index++) {
      const client = new Redis({ host: '127.0.0.1', port: server.port });
      clients.push(client);
      // A machine that does other work as well is no store that failed.
      const store = redisStore(client, { encryptionKey });
      const own = { tokenUrl: endpoint.url, clientId: 'client', clientSecret: 'secret', store, storeTimeoutMs: 10_000 };
      fleet.push(new TokenProvider(own));
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(fleet.map((provider) => provider.close()));
    for (const client of clients) client.disconnect();
    await endpoint?.close();
    await server?.stop();
  });

  test('asks for one token', async () => {
    const tokens = await Promise.all(fleet.map((provider) => provider.getToken()));
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(['token-1']));
    expect(endpoint.requests).toHaveLength(1);
  });

  test('and for one more when it is rejected', async () => {
    const [first, second] = fleet as [TokenProvider, TokenProvider];
    const [mine, theirs] = [await first.getToken(), await second.getToken()];
    expect(await first.invalidate(mine)).toBe(true);
    const newer = await first.getToken();
    expect(newer.value).toBe('token-2');
    await second.invalidate(theirs);
    expect((await second.getToken()).value).toBe('token-2');
    expect(endpoint.requests).toHaveLength(2);
  });
});
