import { FaultProxy } from '../servers/fault-proxy.ts';
import { RedisServer } from '../servers/redis-server.ts';
import { Authority } from './authority.ts';
import { Member } from './member.ts';

export interface StageSettings {
  readonly processes: number;
  readonly ratePerSecond: number;
  readonly lifetimeMs: number;
  readonly refreshAt?: number | undefined;
  readonly expiryMarginMs?: number | undefined;
  readonly storeTimeoutMs: number;
  /** How far the wall clock of each process is off. Default: not at all. */
  readonly clockOffsetsMs?: readonly number[];
}

/** A fleet of processes, a token endpoint, a Redis server, and a proxy before it. */
export class Stage {
  readonly authority: Authority;
  readonly proxy: FaultProxy;
  redis: RedisServer;
  members: Member[] = [];
  readonly fallen: Member[] = [];
  readonly #settings: StageSettings;

  private constructor(authority: Authority, redis: RedisServer, proxy: FaultProxy, settings: StageSettings) {
    this.authority = authority;
    this.redis = redis;
    this.proxy = proxy;
    this.#settings = settings;
  }

  static async set(settings: StageSettings): Promise<Stage> {
    const authority = await Authority.start(settings.lifetimeMs);
    const redis = await RedisServer.start();
    const stage = new Stage(authority, redis, await FaultProxy.start(redis.port), settings);
    try {
      const begun = Array.from({ length: settings.processes }, (_none, index) => stage.#begin(index));
      stage.members = await Promise.all(begun);
      return stage;
    } catch (error) {
      await stage.strike();
      throw error;
    }
  }

  /** All members answer calls from now on. */
  load(): void {
    for (const member of this.members) member.load(this.#settings.ratePerSecond);
  }

  member(index: number): Member {
    const member = this.members.find((candidate) => candidate.index === index);
    if (member === undefined) throw new Error(`there is no worker ${index}`);
    return member;
  }

  /** What it told till then counts. */
  async kill(index: number): Promise<void> {
    const member = this.member(index);
    await member.kill();
    this.members = this.members.filter((other) => other !== member);
    this.fallen.push(member);
  }

  /** A new process in the place of one that was killed. */
  async replace(index: number): Promise<void> {
    const member = await this.#begin(index);
    this.members.push(member);
    member.load(this.#settings.ratePerSecond);
  }

  /** The same server killed, and started again with nothing in it. */
  async restartRedis(whileDown: () => Promise<unknown>): Promise<void> {
    const { port } = this.redis;
    await this.redis.stop();
    await whileDown();
    this.redis = await RedisServer.start({ port });
  }

  /** The id of the token that Redis holds. */
  async storedId(): Promise<string | undefined> {
    const key = await this.tokenKey();
    const id = key === undefined ? undefined : await this.redis.run('HGET', key, 'id');
    return typeof id === 'string' ? id : undefined;
  }

  async tokenKey(): Promise<string | undefined> {
    return ((await this.redis.run('KEYS', '*:token')) as string[])[0];
  }

  async strike(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    await this.proxy.stop();
    await this.redis.stop();
    await this.authority.close();
  }

  #begin(index: number): Promise<Member> {
    const { storeTimeoutMs, refreshAt, expiryMarginMs, clockOffsetsMs } = this.#settings;
    return Member.begin({
      index,
      tokenUrl: this.authority.url,
      redisPort: this.proxy.port,
      clockOffsetMs: clockOffsetsMs?.[index] ?? 0,
      storeTimeoutMs,
      refreshAt,
      expiryMarginMs,
    });
  }
}
