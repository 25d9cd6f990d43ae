import { describe } from '@jest/globals';
import type { StoredFailure, StoredToken } from '../../../src/store/token-store.ts';
import { hasRedisServer, type RedisServer } from '../../servers/redis-server.ts';

export const describeWithRedis: typeof describe | typeof describe.skip = hasRedisServer ? describe : describe.skip;

export const encryptionKey: Uint8Array = new Uint8Array(32).fill(7);
export const ask = { owner: 'me', leaseMs: 60_000 };
export const token: StoredToken = {
  id: 'the-token-s-id',
  value: 'the-token-itself',
  tokenType: 'Bearer',
  response: {},
  lifetimeMs: 600_000,
  marginMs: 60_000,
  isForced: false,
};
export const failure: StoredFailure = { code: 'ERR_X', message: 'why it failed', retryable: true, pauseMs: 30_000 };

/** The connections that are subscribed to anything, by the server's own numbers. */
export async function subscribers(server: RedisServer): Promise<readonly string[]> {
  const list = String(await server.run('CLIENT', 'LIST', 'TYPE', 'PUBSUB'));
  return [...list.matchAll(/^id=(\d+)/gm)].map(([, id]) => id ?? '');
}

/** Resolves when another connection is subscribed: that there was none between the two may be over too soon to be seen. */
export async function subscribedAnew(server: RedisServer, before: readonly string[]): Promise<void> {
  while (!(await subscribers(server)).some((id) => !before.includes(id)))
    await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when so many connections hear of the store's news. */
export async function subscribed(
  servers: readonly RedisServer[],
  count: number,
  channel: string = 'tokenflight:news',
): Promise<void> {
  for (;;) {
    // A replica that was just promoted ends its connections.
    const askFor = (server: RedisServer): Promise<unknown> => server.run('PUBSUB', 'NUMSUB', channel).catch(() => []);
    const replies = await Promise.all(servers.map(askFor));
    const total = replies.reduce<number>((sum, reply) => sum + Number((reply as [string, number])[1]), 0);
    if (total === count) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
