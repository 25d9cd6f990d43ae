import { createHash } from 'node:crypto';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import type { RedisServer } from '../../servers/redis-server.ts';
import { RespConnection } from '../../servers/resp-connection.ts';
import type { Subject } from './explore.ts';
import { type Decision, empty, type KeyState, type Operation } from './protocol.ts';
import { operate, requestOf } from './store-operations.ts';

const KINDS = ['token', 'lease', 'history', 'failure'];
const COPY = `
for index = 1, 4 do
  redis.call('COPY', KEYS[index], KEYS[4 + index])
end
`;
/** All that lies there, and whether each of it will come to an end. */
const READ = `
local function field(index, name)
  return redis.call('HGET', KEYS[index], name) or ''
end
local mortal = 1
for index = 1, 4 do
  if redis.call('PTTL', KEYS[index]) == -1 then mortal = 0 end
end
return {
  field(1, 'id'), field(2, 'owner'), field(3, 'generation'), field(3, 'rejected'),
  redis.call('EXISTS', KEYS[4]), mortal
}
`;

/** For each key of the world, the number of the copy in which it lies on the server. */
type Copies = readonly number[];

/** The scripts of the store on a real server, where each step is taken with a copy of what lies there. */
export class RedisSubject implements Subject<Copies> {
  readonly start: Copies;
  readonly #connection: RespConnection;
  readonly #store: TokenStore;
  readonly #scripts: Promise<readonly [copy: string, read: string]>;
  #made: number[] = [];
  #count: number;

  private constructor(connection: RespConnection, keys: number, sabotage: (script: string) => string) {
    this.#connection = connection;
    this.#scripts = Promise.all([load(connection, COPY), load(connection, READ)]);
    this.#store = redisStore(clientThatSabotages(connection, sabotage), { allowPlaintext: true });
    this.start = Array.from({ length: keys }, (_none, key) => key);
    this.#count = keys;
  }

  /** @param sabotage what becomes of each script on its way to the server */
  static async open(
    server: RedisServer,
    keys: number,
    sabotage: (script: string) => string = (script) => script,
  ): Promise<RedisSubject> {
    await server.run('FLUSHALL');
    return new RedisSubject(await RespConnection.open(server.port), keys, sabotage);
  }

  async decide(
    copies: Copies,
    { keys }: { readonly keys: readonly KeyState[] },
    operation: Operation,
  ): Promise<Decision & { readonly place: Copies }> {
    const copy = this.#count++;
    this.#made.push(copy);
    const [copyScript, readScript] = await this.#scripts;
    const from = keysOf(copies[operation.key] ?? 0);
    const to = keysOf(copy);
    // All at once: the server takes them in this order.
    const copied = this.#connection.run('EVALSHA', copyScript, '8', ...from, ...to);
    const done = this.#do(copy, operation, keys[operation.key] ?? empty);
    const read = done.then(() => this.#connection.run('EVALSHA', readScript, '4', ...to));
    const [, answer, found] = await Promise.all([copied, done, read]);
    return { keys: keys.with(operation.key, keyState(found)), ...answer, place: copies.with(operation.key, copy) };
  }

  async keepOnly(places: readonly Copies[]): Promise<void> {
    const needed = new Set(places.flat());
    const gone = this.#made.filter((copy) => !needed.has(copy));
    this.#made = this.#made.filter((copy) => needed.has(copy));
    for (let at = 0; at < gone.length; at += 1_000) {
      await this.#connection.run('UNLINK', ...gone.slice(at, at + 1_000).flatMap(keysOf));
    }
  }

  async close(): Promise<void> {
    await this.#store.close();
    this.#connection.close();
  }

  async #do(copy: number, operation: Operation, state: KeyState): Promise<Pick<Decision, 'did' | 'told'>> {
    const [kind = '', ends] = operation.kind.split(' ');
    if (ends === undefined) return operate(this.#store, String(copy), operation, state);
    return { did: (await this.#connection.run('PEXPIRE', nameOf(copy, kind), '0')) === 1 };
  }
}

const nameOf = (copy: number, kind: string): string => `tokenflight:{${copy}}:${kind}`;
const keysOf = (copy: number): readonly string[] => KINDS.map((kind) => nameOf(copy, kind));

function keyState(found: unknown): KeyState {
  const [id, owner, generation, rejected, hasFailure, mortal] = found as readonly [
    string,
    string,
    string,
    string,
    0 | 1,
    0 | 1,
  ];
  if (mortal === 0) throw new Error('something stays on the server for ever');
  return {
    owner: owner === '' ? undefined : owner,
    token: id === '' ? undefined : requestOf(id),
    generation: Number(generation),
    wasRejected: rejected === '1',
    hasFailure: hasFailure === 1,
  };
}

async function load(connection: RespConnection, script: string): Promise<string> {
  return String(await connection.run('SCRIPT', 'LOAD', script));
}

function clientThatSabotages(connection: RespConnection, sabotage: (script: string) => string) {
  const digests = new Map<string, string>();
  const run = (command: string, script: string, keys: readonly string[], args: readonly string[]): Promise<unknown> =>
    connection.run(command, script, String(keys.length), ...keys, ...args);
  return {
    async evalSha(sha1: string, { keys, arguments: args }: { keys: string[]; arguments: string[] }): Promise<unknown> {
      const digest = digests.get(sha1);
      if (digest === undefined) throw new Error('NOSCRIPT');
      return run('EVALSHA', digest, keys, args);
    },
    async eval(source: string, { keys, arguments: args }: { keys: string[]; arguments: string[] }): Promise<unknown> {
      const digest = await load(connection, sabotage(source));
      digests.set(createHash('sha1').update(source).digest('hex'), digest);
      return run('EVALSHA', digest, keys, args);
    },
  };
}
