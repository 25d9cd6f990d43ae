import { setTimeout } from 'node:timers/promises';
import { freePort, RedisServer } from './redis-server.ts';

const SLOTS = 16_384;
const MASTERS = 3;
const POLL_MS = 20;

/** Three masters that share all slots, as they would in production; without replicas. */
export class RedisCluster {
  readonly servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const start = async (): Promise<RedisServer> => {
      // The bus listens 10,000 above by default, which need not be free.
      const bus = String(await freePort());
      const args = ['--cluster-enabled', 'yes', '--cluster-port', bus, '--cluster-node-timeout', '5000'];
      return RedisServer.start({ args });
    };
    const servers = await Promise.all(Array.from({ length: MASTERS }, start));
    const cluster = new RedisCluster(servers);
    try {
      await cluster.#join();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** Hands out the slots, introduces the nodes to each other, and waits until each knows all. */
  async #join(): Promise<void> {
    const size = Math.ceil(SLOTS / MASTERS);
    for (const [index, server] of this.servers.entries()) {
      const last = Math.min(SLOTS, (index + 1) * size) - 1;
      await server.run('CLUSTER', 'ADDSLOTSRANGE', String(index * size), String(last));
      await server.run('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    }
    for (const server of this.servers) {
      const bus = await busPort(server);
      for (const other of this.servers)
        if (other !== server) await other.run('CLUSTER', 'MEET', '127.0.0.1', String(server.port), bus);
    }
    for (const server of this.servers) while (!(await knowsAll(server))) await setTimeout(POLL_MS);
  }
}

async function busPort(server: RedisServer): Promise<string> {
  const [, value] = (await server.run('CONFIG', 'GET', 'cluster-port')) as [string, string];
  return value;
}

async function knowsAll(server: RedisServer): Promise<boolean> {
  const info = String(await server.run('CLUSTER', 'INFO'));
  const slots = (await server.run('CLUSTER', 'SLOTS')) as unknown[];
  return info.includes('cluster_state:ok') && slots.length === MASTERS;
}
