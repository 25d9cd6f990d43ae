import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RespConnection } from './resp-connection.ts';

/** Another server, or another version of it, to test with. */
const program = process.env['REDIS_SERVER'] || 'redis-server';

/** Whether there is a server to test with. Where the tests are to prove something, there has to be one. */
export const hasRedisServer: boolean = spawnSync(program, ['--version']).status === 0;
if (!hasRedisServer) {
  const problem = `${program} is not installed: the tests of the Redis store cannot run`;
  if (process.env['CI']) throw new Error(problem);
  console.warn(`SKIPPED: ${problem}`);
}

interface RedisServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly args?: readonly string[];
  /** Lines of its configuration, where it is to be a sentinel. */
  readonly sentinel?: readonly string[];
}

/** A server of its own on a free loopback port, which keeps nothing. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const port = options.port ?? (await freePort());
    const folder = mkdtempSync(join(tmpdir(), 'tokenflight-redis-'));
    const file = join(folder, 'sentinel.conf');
    if (options.sentinel !== undefined) writeFileSync(file, `${options.sentinel.join('\n')}\n`);
    const kind = options.sentinel === undefined ? ['--save', '', '--appendonly', 'no'] : ['--sentinel'];
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...kind];
    if (options.sentinel !== undefined) own.unshift(file);
    const child = spawn(program, [...own, ...(options.args ?? [])], { stdio: ['ignore', 'pipe', 'ignore'] });
    const kill = (): boolean => child.kill('SIGKILL');
    process.once('exit', kill); // also where a test run ends early
    child.once('exit', () => process.off('exit', kill));
    await ready(child);
    return new RedisServer(port, folder, child);
  }

  /** A command on a connection of its own. */
  async run(...command: readonly string[]): Promise<unknown> {
    const connection = await RespConnection.open(this.port);
    try {
      return await connection.run(...command);
    } finally {
      connection.close();
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Once the log says so. It is read on to its end, since a full pipe would stop the server. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 100_000) log += text;
      if (/Ready to accept connections|Sentinel ID is/.test(log)) resolve();
    });
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`${program} ended before it was ready: ${log}`)));
  });
}

/** Free just now; between this and its use nobody else is likely to be given it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
