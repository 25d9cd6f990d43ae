import { attempt, hasMethods, type Methods, type RedisCommands } from './redis-commands.ts';

/** `GlideClient` and `GlideClusterClient` of `@valkey/valkey-glide`. */
export interface GlideLikeClient {
  customCommand(args: string[]): Promise<unknown>;
}

export function isGlideClient(client: unknown): client is GlideLikeClient & Methods {
  return hasMethods(client, 'customCommand');
}

/** @param subscriber a client of its own for subscriptions: messages of a client go to one reader only */
export function glideCommands(client: GlideLikeClient, subscriber?: Methods): RedisCommands {
  const run = (command: string, script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> =>
    client.customCommand([command, script, String(keys.length), ...keys, ...args]);
  return {
    evalSha: (sha1, keys, args) => run('EVALSHA', sha1, keys, args),
    eval: (source, keys, args) => run('EVAL', source, keys, args),
    listen:
      subscriber === undefined
        ? undefined
        : (channel, onMessage, onEnd) => {
            let isOver = false;
            const read = async (): Promise<void> => {
              await subscriber['subscribe']?.(new Set([channel]), SUBSCRIBE_TIMEOUT_MS);
              while (!isOver) {
                const got = (await subscriber['getPubSubMessage']?.()) as { channel?: unknown; message?: unknown };
                if (!isOver && String(got.channel) === channel) onMessage(String(got.message));
              }
            };
            const stop = (): void => {
              isOver = true;
              attempt(() => subscriber['unsubscribeLazy']?.(new Set([channel])));
            };
            read().catch(() => {
              if (isOver) return;
              stop();
              onEnd();
            });
            return stop;
          },
  };
}

const SUBSCRIBE_TIMEOUT_MS = 5_000;
