import { setTimeout } from 'node:timers/promises';
import { freePort, RedisServer } from './redis-server.ts';

const POLL_MS = 20;

/** A master, its replica, and one sentinel that watches both. */
export class RedisSentinel {
  readonly name = 'main';
  readonly sentinel: RedisServer;
  #nodes: readonly RedisServer[];

  private constructor(sentinel: RedisServer, nodes: readonly RedisServer[]) {
    this.sentinel = sentinel;
    this.#nodes = nodes;
  }

  /** @param downAfterMs how long a master has to be silent until its replica takes its place */
  static async start(downAfterMs = 60_000): Promise<RedisSentinel> {
    const fast = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];
    const master = await RedisServer.start({ args: fast });
    const replica = await RedisServer.start({ args: [...fast, '--replicaof', '127.0.0.1', String(master.port)] });
    const config = [
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds main ${downAfterMs}`,
      'sentinel failover-timeout main 10000',
    ];
    const sentinel = await RedisServer.start({ sentinel: config, port: await freePort() });
    const all = new RedisSentinel(sentinel, [master, replica]);
    while (!(await all.#isReady())) await setTimeout(POLL_MS);
    return all;
  }

  get nodes(): readonly RedisServer[] {
    return this.#nodes;
  }

  /** The master is killed; resolves when the replica takes writes in its place, and clients are told of it. */
  async failOver(): Promise<void> {
    const [master, replica] = this.#nodes as [RedisServer, RedisServer];
    await master.stop();
    const address = (): Promise<unknown> => this.sentinel.run('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.name);
    while (!String(await address()).endsWith(`,${replica.port}`)) await setTimeout(POLL_MS);
    this.#nodes = [replica];
  }

  async stop(): Promise<void> {
    await Promise.all([this.sentinel, ...this.#nodes].map((server) => server.stop()));
  }

  async #isReady(): Promise<boolean> {
    const replicas = (await this.sentinel.run('SENTINEL', 'REPLICAS', this.name)) as string[][];
    const [replica] = replicas;
    if (replica === undefined) return false;
    const at = (name: string): string | undefined => replica[replica.indexOf(name) + 1];
    return at('master-link-status') === 'ok' && at('flags') === 'slave';
  }
}
