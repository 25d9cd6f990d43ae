import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { freePort, RedisServer } from './redis-server.ts';

const SLOTS = 16_384;
const MASTERS = 3;
const BUS_ABOVE = 10_000;
const POLL_MS = 20;

/** Three masters that share all slots, as they would in production; without replicas. */
export class RedisCluster {
  readonly servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const start = async (): Promise<RedisServer> => {
      const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000'];
      return RedisServer.start({ port: await freePortBelowBus(), args });
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
      const slots = Array.from({ length: last + 1 - index * size }, (_none, slot) => String(index * size + slot));
      await server.run('CLUSTER', 'ADDSLOTS', ...slots);
      await server.run('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    }
    for (const server of this.servers) {
      for (const other of this.servers)
        if (other !== server) await other.run('CLUSTER', 'MEET', '127.0.0.1', String(server.port));
    }
    for (const server of this.servers) while (!(await knowsAll(server))) await setTimeout(POLL_MS);
  }
}

/** Nodes talk to each other on the port that is so much above their own; only newer servers can be told another. */
async function freePortBelowBus(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port + BUS_ABOVE <= 65_535 && (await isFree(port + BUS_ABOVE))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function knowsAll(server: RedisServer): Promise<boolean> {
  const info = String(await server.run('CLUSTER', 'INFO'));
  const slots = (await server.run('CLUSTER', 'SLOTS')) as unknown[];
  return info.includes('cluster_state:ok') && slots.length === MASTERS;
}
