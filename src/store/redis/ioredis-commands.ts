import { attempt, hasMethods, type Methods, type RedisCommands } from './redis-commands.ts';

/** `Redis` and `Cluster` of ioredis and iovalkey, with or without Sentinel. */
export interface IoredisClient {
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(source: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

export function isIoredisClient(client: unknown): client is IoredisClient & Methods {
  return hasMethods(client, 'evalsha', 'eval', 'duplicate', 'subscribe', 'on', 'off');
}

/** @param given a connection for subscriptions only; without it one is made when it is needed */
export function ioredisCommands(client: IoredisClient, given?: Methods): RedisCommands {
  const own = client as IoredisClient & Methods;
  return {
    evalSha: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
    eval: (source, keys, args) => client.eval(source, keys.length, ...keys, ...args),
    listen(channel, onMessage, onEnd) {
      const subscriber = given ?? duplicate(own);
      const hear = (from: unknown, message: unknown): void => {
        if (from === channel && typeof message === 'string') onMessage(message);
      };
      const lose = (): void => {
        stop();
        onEnd();
      };
      // Without a listener the client would write its errors to the console; it reconnects and subscribes again by itself.
      const listeners = { error: (): void => {}, message: hear, end: lose };
      for (const [event, listener] of Object.entries(listeners)) subscriber['on']?.(event, listener);
      const stop = (): void => {
        own['off']?.('end', stop);
        for (const [event, listener] of Object.entries(listeners)) subscriber['off']?.(event, listener);
        if (given !== undefined) {
          attempt(() => given['unsubscribe']?.(channel));
          return;
        }
        subscriber['on']?.('error', listeners.error); // it may have one more on its way
        attempt(() => subscriber['disconnect']?.());
      };
      own['on']?.('end', stop); // a connection that nobody knows of must not keep the process alive
      Promise.resolve(subscriber['subscribe']?.(channel)).catch(lose);
      return stop;
    },
  };
}

function duplicate(client: Methods): Methods {
  // Waits for its connection, for however long, whatever the options of the other one are.
  const patient = { autoResubscribe: true, enableOfflineQueue: true, lazyConnect: false };
  const node = { ...patient, maxRetriesPerRequest: null, commandTimeout: undefined };
  const isCluster = (client as { isCluster?: unknown }).isCluster === true;
  return (isCluster ? client['duplicate']?.([], patient) : client['duplicate']?.(node)) as Methods;
}
