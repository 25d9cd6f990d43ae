import { ConfigurationError } from '../../errors/configuration-error.ts';
import { checkedObject, checkNames } from '../../errors/option-checks.ts';
import type { Sealing } from '../sealing.ts';
import { checkedSealing, SEALING_OPTIONS, type SealingOptions } from '../sealing-options.ts';
import { type GlideLikeClient, glideCommands, isGlideClient } from './glide-commands.ts';
import { type IoredisClient, ioredisCommands, isIoredisClient } from './ioredis-commands.ts';
import { isNodeRedisClient, type NodeRedisClient, nodeRedisCommands } from './node-redis-commands.ts';
import { hasMethods, type Methods, type RedisCommands } from './redis-commands.ts';

/**
 * A client of ioredis, iovalkey, node-redis (`redis`) or `@valkey/valkey-glide`: alone, as a cluster, or with Sentinel.
 * It is recognised by its methods; none of these packages is loaded.
 */
export type RedisClient = IoredisClient | NodeRedisClient | GlideLikeClient;

export interface RedisStoreOptions extends SealingOptions {
  /** What all keys and the channel begin with: visible ASCII without braces. Default: `tokenflight`. */
  readonly prefix?: string | undefined;
  /**
   * A second client of the same kind, for subscriptions only; it stays yours to close. Default: a duplicate of the
   * client, made when it is needed. GLIDE's clients and node-redis' pools cannot be duplicated: without this, such
   * processes learn of each other's doings by asking again only.
   */
  readonly subscriber?: RedisClient | undefined;
}

export interface RedisConfig {
  readonly commands: RedisCommands;
  readonly sealing: Sealing;
  readonly prefix: string;
}

const KNOWN = new Set([...SEALING_OPTIONS, 'prefix', 'subscriber']);

/** @throws {ConfigurationError} naming the option */
export function checkRedisOptions(client: RedisClient, options: RedisStoreOptions): RedisConfig {
  checkNames('', checkedObject('options', options), KNOWN);
  return {
    commands: checkedClients(client, options.subscriber),
    sealing: checkedSealing(options),
    prefix: checkedPrefix(options.prefix ?? 'tokenflight'),
  };
}

function checkedClients(client: RedisClient, subscriber: RedisClient | undefined): RedisCommands {
  if (isIoredisClient(client))
    return ioredisCommands(client, checkedSubscriber(client, subscriber, isIoredisClient, 'off'));
  if (isNodeRedisClient(client))
    return nodeRedisCommands(client, checkedSubscriber(client, subscriber, isNodeRedisClient));
  if (isGlideClient(client))
    return glideCommands(client, checkedSubscriber(client, subscriber, isGlideClient, 'getPubSubMessage'));
  throw new ConfigurationError('client', 'must be a client of ioredis, iovalkey, redis or @valkey/valkey-glide');
}

function checkedSubscriber(
  client: RedisClient,
  subscriber: RedisClient | undefined,
  isSameKind: (client: unknown) => boolean,
  ...methods: readonly string[]
): Methods | undefined {
  if (subscriber === undefined) return undefined;
  if (subscriber === client) throw new ConfigurationError('subscriber', 'must be another client');
  if (!isSameKind(subscriber)) throw new ConfigurationError('subscriber', 'must be of the same package as the client');
  if (hasMethods(subscriber, 'subscribe', ...methods)) return subscriber;
  throw new ConfigurationError('subscriber', 'must be a client that can subscribe');
}

// Braces would move the hash tag, by which a cluster keeps the keys of one entry together.
function checkedPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^[\x21-\x7a\x7c\x7e]{1,200}$/.test(prefix)) return prefix;
  throw new ConfigurationError('prefix', 'must be 1 to 200 visible ASCII characters without braces');
}
