import { GlideClient, GlideClusterClient, Logger } from '@valkey/valkey-glide';
import { Cluster as Cluster6, Redis as Redis6 } from 'ioredis';
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis-5';
import { Redis as Iovalkey, Cluster as IovalkeyCluster } from 'iovalkey';
import {
  createClient as createClient6,
  createClientPool,
  createCluster as createCluster6,
  createSentinel as createSentinel6,
} from 'redis';
import {
  createClient as createClient5,
  createCluster as createCluster5,
  createSentinel as createSentinel5,
} from 'redis-5';
import type { RedisClient } from '../../../src/store/redis/redis-store.ts';

/** A client as a user would make it, and how that user closes it. */
export interface MadeClient {
  readonly client: RedisClient;
  /** Where the client cannot be duplicated. */
  readonly subscriber?: RedisClient;
  close(): unknown;
}

type Make = (ports: readonly number[]) => Promise<MadeClient>;

Logger.setLoggerConfig('off'); // it writes every lost connection to the console

const host = '127.0.0.1';
const addresses = (ports: readonly number[]): { host: string; port: number }[] => ports.map((port) => ({ host, port }));
const url = (port: number | undefined): string => `redis://${host}:${port}`;
const quiet = (): void => {}; // as a user's own error listener

export const singleClients: Readonly<Record<string, Make>> = {
  'ioredis 6': async ([port]) => disconnecting(new Redis6(url(port))),
  'ioredis 5': async ([port]) => disconnecting(new Redis5(url(port))),
  iovalkey: async ([port]) => disconnecting(new Iovalkey(url(port))),
  'ioredis with a key prefix': async ([port]) => disconnecting(new Redis6(url(port), { keyPrefix: 'mine:' })),
  'redis 6': async ([port]) =>
    destroying(
      await createClient6({ url: url(port) })
        .on('error', quiet)
        .connect(),
    ),
  'redis 5': async ([port]) =>
    destroying(
      await createClient5({ url: url(port) })
        .on('error', quiet)
        .connect(),
    ),
  'redis that answers in bytes': async ([port]) => {
    const typeMapping = { 36: Buffer }; // '$': a blob string
    const client = createClient6({ url: url(port), commandOptions: { typeMapping } });
    return destroying(await client.on('error', quiet).connect());
  },
  'a pool of redis, and a client to subscribe': async ([port]) => {
    const pool = createClientPool({ url: url(port) });
    await pool.on('error', quiet).connect();
    const subscriber = await createClient6({ url: url(port) })
      .on('error', quiet)
      .connect();
    const close = (): void => {
      pool.destroy();
      subscriber.destroy();
    };
    return { client: pool, subscriber, close };
  },
  'ioredis, and a client to subscribe': async ([port]) => {
    const [made, other] = [disconnecting(new Redis6(url(port))), disconnecting(new Redis6(url(port)))];
    const close = (): void => {
      made.close();
      other.close();
    };
    return { client: made.client, subscriber: other.client, close };
  },
  '@valkey/valkey-glide': async (ports) => {
    const make = (): Promise<GlideClient> => GlideClient.createClient({ addresses: addresses(ports) });
    return closing(await make(), await make());
  },
};

export const clusterClients: Readonly<Record<string, Make>> = {
  'ioredis 6': async (ports) => disconnecting(new Cluster6(addresses(ports))),
  'ioredis 5': async (ports) => disconnecting(new Cluster5(addresses(ports))),
  iovalkey: async (ports) => disconnecting(new IovalkeyCluster(addresses(ports))),
  'redis 6': async (ports) => {
    const client = createCluster6({ rootNodes: ports.map((port) => ({ url: url(port) })) }).on('error', quiet);
    await client.connect();
    return destroying(client);
  },
  'redis 5': async (ports) => {
    const client = createCluster5({ rootNodes: ports.map((port) => ({ url: url(port) })) }).on('error', quiet);
    await client.connect();
    return destroying(client);
  },
  '@valkey/valkey-glide': async (ports) => {
    const make = (): Promise<GlideClusterClient> => GlideClusterClient.createClient({ addresses: addresses(ports) });
    return closing(await make(), await make());
  },
};

/** They are told where the sentinel is, and find the master by its name. */
export const sentinelClients: Readonly<Record<string, Make>> = {
  'ioredis 6': async (ports) => disconnecting(new Redis6({ sentinels: addresses(ports), name: 'main' })),
  'ioredis 5': async (ports) => disconnecting(new Redis5({ sentinels: addresses(ports), name: 'main' })),
  iovalkey: async (ports) => disconnecting(new Iovalkey({ sentinels: addresses(ports), name: 'main' })),
  'redis 6': async (ports) => {
    const client = createSentinel6({ name: 'main', sentinelRootNodes: addresses(ports) }).on('error', quiet);
    await client.connect();
    return destroying(client);
  },
  'redis 5': async (ports) => {
    const client = createSentinel5({ name: 'main', sentinelRootNodes: addresses(ports) }).on('error', quiet);
    await client.connect();
    return destroying(client);
  },
};

function disconnecting(
  client: RedisClient & { disconnect(): void; on(name: string, listener: () => void): unknown },
): MadeClient {
  client.on('error', quiet);
  return { client, close: () => client.disconnect() };
}

function destroying(client: RedisClient & { destroy(): unknown }): MadeClient {
  return { client, close: () => client.destroy() };
}

function closing(client: RedisClient & { close(): void }, subscriber: RedisClient & { close(): void }): MadeClient {
  const close = (): void => {
    client.close();
    subscriber.close();
  };
  return { client, subscriber, close };
}
