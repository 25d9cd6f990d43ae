import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { RespConnection } from '../../servers/resp-connection.ts';
import { ask, describeWithRedis, encryptionKey, failure, token } from './rig.ts';

const secrets = {
  value: 'SECRET-access-token',
  tokenType: 'SECRET-type',
  scope: 'SECRET-scope',
  response: { id_token: 'SECRET-id-token', 'SECRET-member': 'SECRET-value' },
};
const secretFailure = {
  ...failure,
  code: 'SECRET_CODE',
  message: 'SECRET-message',
  refusal: { status: 400, error: 'SECRET-error', errorDescription: 'SECRET-words', errorUri: 'https://SECRET.example' },
};

describeWithRedis('the server', () => {
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis({ host: '127.0.0.1', port: server.port });
  }, 60_000);
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });

  /** All keys, with all that lies under them. */
  async function everything(): Promise<string> {
    const seen: string[] = [];
    let cursor = '0';
    do {
      const [next, keys] = await client.scan(cursor);
      cursor = next;
      for (const key of keys) seen.push(key, String(await client.dumpBuffer(key)));
      for (const key of keys) if ((await client.type(key)) === 'hash') seen.push(inspect(await client.hgetall(key)));
      for (const key of keys) if ((await client.type(key)) === 'string') seen.push(String(await client.get(key)));
    } while (cursor !== '0');
    return seen.join('\n');
  }

  /** Does all that a store does, and gives what the server was sent and told others meanwhile. */
  async function watched(store: ReturnType<typeof redisStore>): Promise<string> {
    const monitor = await RespConnection.open(server.port);
    await monitor.run('MONITOR');
    await store.look('key', ask);
    await store.put('key', 'me', { ...token, ...secrets }, 600_000);
    expect((await store.look('key', ask)).token?.token.value).toBe(secrets.value);
    await client.hset('tokenflight:{other}:token', 'sealed', 'nonsense');
    await store.look('key', { ...ask, always: true });
    await store.extend('key', 'me', 60_000);
    await store.release('key', 'me', secretFailure);
    const unwanted = { ...ask, unwantedId: token.id };
    expect((await store.look('key', unwanted)).failure?.message).toBe('SECRET-message');
    await client.echo('the end');
    const lines: string[] = [];
    while (!lines.at(-1)?.includes('the end')) lines.push(String(await monitor.next()));
    monitor.close();
    return lines.join('\n');
  }

  test('is sent and keeps no secret that it could read, nor a key', async () => {
    const sent = await watched(redisStore(client, { encryptionKey }));
    const kept = await everything();
    for (const seen of [sent, kept]) {
      expect(seen).toContain('tokenflight:{key}:token');
      expect(seen).toContain(token.id);
      expect(seen).not.toMatch(/SECRET/i);
      expect(seen).not.toContain(Buffer.from('SECRET-access-token').toString('base64').slice(0, -4));
      expect(seen).not.toContain(Buffer.from(encryptionKey).toString('base64url').slice(0, 16));
    }
  });

  test('would show here if it did', async () => {
    await client.flushall();
    expect(await watched(redisStore(client, { allowPlaintext: true }))).toMatch(/SECRET-access-token.*SECRET-message/s);
    expect(await everything()).toMatch(/SECRET/);
  });

  test('may refuse: the error does not show what was sent', async () => {
    const store = redisStore(client, { allowPlaintext: true });
    await store.look('other', ask);
    await server.run('REPLICAOF', '127.0.0.1', '1');
    const error = await store.put('other', 'me', { ...token, ...secrets }, 600_000).catch((reason: unknown) => reason);
    await server.run('REPLICAOF', 'NO', 'ONE');
    expect(String(error)).toMatch(/READONLY/);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(/SECRET/);
  });
});
