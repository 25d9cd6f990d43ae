import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { refreshToken } from '../../../src/protocol/refresh-token.ts';
import type { TokenProviderOptions } from '../../../src/provider/provider-options.ts';
import { TokenProvider } from '../../../src/provider/token-provider.ts';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { TokenEvent } from '../../../src/telemetry/events.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { TokenServer } from '../../servers/token-server.ts';
import { describeWithRedis, encryptionKey } from './rig.ts';

const LARGE = 'x'.repeat(4_000_000);

interface Member {
  readonly provider: TokenProvider;
  readonly events: readonly TokenEvent[];
}

describeWithRedis('a server whose memory is full', () => {
  let server: RedisServer;
  let endpoint: TokenServer;
  const members: Member[] = [];
  const clients: Redis[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
  }, 60_000);
  afterAll(async () => server?.stop());
  beforeEach(async () => {
    endpoint = await TokenServer.start();
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ provider }) => provider.close()));
    for (const client of clients.splice(0)) client.disconnect();
    await endpoint.close();
    await server.run('CONFIG', 'SET', 'maxmemory', '0');
    await server.run('FLUSHALL');
  });

  const member = (options: Partial<TokenProviderOptions> = {}): Member => {
    const client = new Redis({ host: '127.0.0.1', port: server.port });
    clients.push(client);
    const store = redisStore(client, { encryptionKey });
    const own = { tokenUrl: endpoint.url, clientId: 'client', clientSecret: 'secret', store, storeTimeoutMs: 10_000 };
    const provider = new TokenProvider({ ...own, ...options } as TokenProviderOptions);
    const events: TokenEvent[] = [];
    provider.on((event) => events.push(event));
    members.push({ provider, events });
    return { provider, events };
  };
  const fleet = (size: number, options: Partial<TokenProviderOptions> = {}): readonly Member[] =>
    Array.from({ length: size }, () => member(options));
  const tokensOf = async (fleet: readonly Member[]): Promise<string[]> =>
    (await Promise.all(fleet.map(({ provider }) => provider.getToken()))).map(({ value }) => value);
  const count = (type: TokenEvent['type']): number =>
    members.flatMap(({ events }) => events).filter((event) => event.type === type).length;

  describe('and refuses to take more', () => {
    beforeEach(async () => {
      await server.run('SET', 'large', LARGE);
      await server.run('CONFIG', 'SET', 'maxmemory', String(LARGE.length / 2), 'maxmemory-policy', 'noeviction');
    });
    afterEach(async () => {
      await expect(server.run('SET', 'small', 'x')).rejects.toThrow('OOM');
    });

    test('still has one token for all', async () => {
      expect(new Set(await tokensOf(fleet(4)))).toEqual(new Set(['token-1']));
      expect(endpoint.requests).toHaveLength(1);
      expect(count('store-failed')).toBe(0);
    });

    test('still knows of a rejection and of a failure', async () => {
      const [one, two] = fleet(2, { retry: { retries: 0 } }) as [Member, Member];
      const [token] = [await one.provider.getToken(), await two.provider.getToken()];
      await one.provider.invalidate(token);
      endpoint.answerNext({ status: 400, body: { error: 'invalid_scope' } });
      for (const { provider } of [one, two]) {
        await expect(provider.getToken({}, { forceRefresh: true })).rejects.toMatchObject({ error: 'invalid_scope' });
      }
      expect(endpoint.requests).toHaveLength(2);
      expect(count('store-failed')).toBe(0);
    });

    test('still keeps the newest refresh token', async () => {
      const grant = (): TokenProviderOptions['grant'] => refreshToken({ refreshToken: 'rt-0', subject: 'user' });
      const [one, two] = [member({ grant: grant() }), member({ grant: grant() })];
      const rotated = { access_token: 'at', token_type: 'Bearer', expires_in: 3600, refresh_token: 'rt-1' };
      endpoint.answerNext({ status: 200, body: rotated });
      await one.provider.getToken();
      await two.provider.getToken({ scope: 'another' });
      expect(endpoint.requests.map(({ form }) => form.get('refresh_token'))).toEqual(['rt-0', 'rt-1']);
    });
  });

  describe('and forgets what it has', () => {
    /** All keys that it has now. */
    const evict = async (): Promise<void> => {
      await evictAlways();
      while ((await server.run('DBSIZE')) !== 0);
      await server.run('CONFIG', 'SET', 'maxmemory', '0');
    };
    /** Whatever it takes is gone by the next command. */
    const evictAlways = async (): Promise<void> => {
      await server.run('CONFIG', 'SET', 'maxmemory', '1', 'maxmemory-policy', 'allkeys-lru');
    };

    test('costs one more token request where it was the lease, and nobody the token', async () => {
      endpoint.gate.shut();
      const [one, two] = fleet(2) as [Member, Member];
      const first = one.provider.getToken();
      await endpoint.reached(1);
      await evict();
      const second = two.provider.getToken();
      await endpoint.reached(2);
      endpoint.gate.open();
      expect((await Promise.all([first, second])).map(({ value }) => value).sort()).toEqual(['token-1', 'token-2']);
      expect(count('store-lease-lost')).toBe(1);
      expect(['token-1', 'token-2']).toContain(await tokensOf([member()]).then(([token]) => token));
      expect(endpoint.requests).toHaveLength(2);
    });

    test('costs one more token request where it was the token, of a process that has none', async () => {
      const [one] = fleet(1) as [Member];
      await one.provider.getToken();
      await evict();
      expect(new Set(await tokensOf(fleet(4)))).toEqual(new Set(['token-2']));
      expect(await tokensOf([one])).toEqual(['token-1']);
      expect(endpoint.requests).toHaveLength(2);
    });

    test('costs each process no more than it would have without a store', async () => {
      await evictAlways();
      const processes = fleet(4);
      const before = await tokensOf(processes);
      expect(endpoint.requests.length).toBeLessThanOrEqual(4);
      const held = endpoint.requests.length;
      for (const { provider } of processes) {
        for (let time = 0; time < 3; time++) await provider.invalidate(await provider.getToken()); // rejects whatever comes
      }
      expect(endpoint.requests.length).toBeLessThanOrEqual(held + 4);
      expect(await tokensOf(processes)).not.toEqual(before);
      expect(count('store-failed')).toBe(0);
    });

    test('costs no refresh token where processes can read the newest anew', async () => {
      let kept = 'rt-0';
      const onRotate = (newest: string): void => {
        kept = newest;
      };
      const grant = (): TokenProviderOptions['grant'] =>
        refreshToken({ refreshToken: () => kept, subject: 'user', onRotate });
      const [one, two] = [member({ grant: grant() }), member({ grant: grant() })];
      const grants = (count: number): object => ({
        status: 200,
        body: { access_token: `at-${count}`, token_type: 'Bearer', expires_in: 3600, refresh_token: `rt-${count}` },
      });
      endpoint.answerNext(grants(1) as never, grants(2) as never);
      await one.provider.getToken({ scope: 'a' });
      await two.provider.getToken({ scope: 'b' });
      await evict();
      endpoint.answerNext(grants(3) as never);
      expect((await one.provider.getToken({ scope: 'c' })).value).toBe('at-3');
      expect(endpoint.requests.map(({ form }) => form.get('refresh_token'))).toEqual(['rt-0', 'rt-1', 'rt-2']);
      expect((await two.provider.getToken({ scope: 'd' })).value).toMatch(/^token-/);
      expect(endpoint.requests.at(-1)?.form.get('refresh_token')).toBe('rt-3');
    });
  });
});
