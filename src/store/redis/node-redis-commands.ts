import { attempt, hasMethods, type Methods, type RedisCommands } from './redis-commands.ts';

/** Clients, clusters, sentinels and pools of node-redis (`redis`, `@redis/client`). */
export interface NodeRedisClient {
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(source: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

export function isNodeRedisClient(client: unknown): client is NodeRedisClient & Methods {
  return hasMethods(client, 'evalSha', 'eval');
}

/** @param given a connection for subscriptions only; without it one is made when it is needed */
export function nodeRedisCommands(client: NodeRedisClient, given?: Methods): RedisCommands {
  const own = client as NodeRedisClient & Methods;
  // Sentinels keep subscriptions on a connection of their own anyway.
  const shared = given ?? (hasMethods(own, 'subscribe') && !hasMethods(own, 'duplicate') ? own : undefined);
  const canListen = shared !== undefined || hasMethods(own, 'duplicate');
  return {
    evalSha: (sha1, keys, args) => client.evalSha(sha1, { keys: [...keys], arguments: [...args] }),
    eval: (source, keys, args) => client.eval(source, { keys: [...keys], arguments: [...args] }),
    listen: !canListen
      ? undefined
      : (channel, onMessage, onEnd) => {
          const subscriber = shared ?? (own['duplicate']?.() as Methods);
          const hear = (message: unknown): void => {
            if (typeof message === 'string') onMessage(message);
          };
          const ignore = (): void => {};
          let isOver = false;
          const stop = (): void => {
            isOver = true;
            for (const event of GONE) own['off']?.(event, stop);
            // The listener for errors stays on a connection of ours: it may have one more on its way.
            if (shared === undefined) {
              attempt(() => subscriber['destroy']?.());
              return;
            }
            shared['off']?.('error', ignore);
            attempt(() => shared['unsubscribe']?.(channel, hear));
          };
          // Without a listener an error would end the process; it reconnects and subscribes again by itself.
          subscriber['on']?.('error', ignore);
          // A connection that nobody knows of must not keep the process alive.
          for (const event of GONE) own['on']?.(event, stop);
          const begin = async (): Promise<void> => {
            if (shared === undefined) await subscriber['connect']?.();
            if (!isOver) await subscriber['subscribe']?.(channel, hear);
          };
          begin().catch(() => {
            if (isOver) return;
            stop();
            onEnd();
          });
          return stop;
        },
  };
}

/** What clients tell, and what clusters tell, when they are closed. */
const GONE = ['end', 'disconnect'];
