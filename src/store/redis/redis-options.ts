import { ConfigurationError } from '../../errors/configuration-error.ts';
import { fromBase64Url, noSealing, type Sealing, sealingWith } from '../sealing.ts';
import { type GlideLikeClient, glideCommands, isGlideClient } from './glide-commands.ts';
import { type IoredisClient, ioredisCommands, isIoredisClient } from './ioredis-commands.ts';
import { isNodeRedisClient, type NodeRedisClient, nodeRedisCommands } from './node-redis-commands.ts';
import { hasMethods, type Methods, type RedisCommands } from './redis-commands.ts';

/**
 * A client of ioredis, iovalkey, node-redis (`redis`) or `@valkey/valkey-glide`: alone, as a cluster, or with Sentinel.
 * It is recognised by its methods; none of these packages is loaded.
 */
export type RedisClient = IoredisClient | NodeRedisClient | GlideLikeClient;

export interface RedisStoreOptions {
  /** What tokens and failures are sealed with (AES-256-GCM): 32 bytes, or these in base64 or base64url. The same everywhere. */
  readonly encryptionKey?: Uint8Array | string | undefined;
  /**
   * In place of `encryptionKey`, to change keys: the first seals, all open. Give every process the new key last in the
   * list, then every process the new one first, then leave out the old one.
   */
  readonly encryptionKeys?: readonly (Uint8Array | string)[] | undefined;
  /** Keep tokens readable for everybody who can read the server, in place of a key. Default: false. */
  readonly allowPlaintext?: boolean | undefined;
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

const KNOWN = new Set(['encryptionKey', 'encryptionKeys', 'allowPlaintext', 'prefix', 'subscriber']);
const KEY_BYTES = 32;

/** @throws {ConfigurationError} naming the option */
export function checkRedisOptions(client: RedisClient, options: RedisStoreOptions): RedisConfig {
  if (typeof options !== 'object' || options === null) throw new ConfigurationError('options', 'must be an object');
  for (const [name, value] of Object.entries(options)) {
    if (!KNOWN.has(name)) throw new ConfigurationError(name, 'is not a known option');
    if (value === null) throw new ConfigurationError(name, 'must not be null: leave it out for the default');
  }
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

function checkedSealing({ encryptionKey, encryptionKeys, allowPlaintext = false }: RedisStoreOptions): Sealing {
  if (typeof allowPlaintext !== 'boolean') throw new ConfigurationError('allowPlaintext', 'must be true or false');
  const hasKey = encryptionKey !== undefined || encryptionKeys !== undefined;
  if (allowPlaintext) {
    if (hasKey) throw new ConfigurationError('allowPlaintext', 'contradicts an encryption key');
    return noSealing;
  }
  if (!hasKey) {
    throw new ConfigurationError('encryptionKey', 'is required, so that nobody reads tokens off the server');
  }
  if (encryptionKey !== undefined && encryptionKeys !== undefined) {
    throw new ConfigurationError('encryptionKeys', 'takes the place of encryptionKey');
  }
  if (encryptionKey !== undefined) return sealingWith([checkedKey('encryptionKey', encryptionKey)]);
  if (!Array.isArray(encryptionKeys) || encryptionKeys.length === 0) {
    throw new ConfigurationError('encryptionKeys', 'must be an array with at least one key');
  }
  return sealingWith(encryptionKeys.map((key, index) => checkedKey(`encryptionKeys[${index}]`, key)));
}

/** A key that will not do may be part of a good one: it is never quoted. */
function checkedKey(option: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? fromBase64Url(value) : value;
  if (isBytes(bytes) && bytes.length === KEY_BYTES) return bytes;
  throw new ConfigurationError(option, 'must be 32 bytes, as a Uint8Array or in base64 or base64url');
}

function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && 'length' in value && (value as Uint8Array).BYTES_PER_ELEMENT === 1;
}

// Braces would move the hash tag, by which a cluster keeps the keys of one entry together.
function checkedPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^[\x21-\x7a\x7c\x7e]{1,200}$/.test(prefix)) return prefix;
  throw new ConfigurationError('prefix', 'must be 1 to 200 visible ASCII characters without braces');
}
