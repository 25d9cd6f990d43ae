import { NewsFeed, writeNews } from '../news-feed.ts';
import type { Sealing } from '../sealing.ts';
import { factsOf, openFailure, openToken, sealFailure, sealToken, type TokenFacts } from '../stored-entry.ts';
import type { StoreAnswer, StoreAsk, StoredFailure, StoredToken, StoreNews, TokenStore } from '../token-store.ts';
import { checkRedisOptions, type RedisClient, type RedisConfig, type RedisStoreOptions } from './redis-options.ts';
import { ScriptRunner } from './script-runner.ts';
import { EXTEND, INVALIDATE, KEY_KINDS, LOOK, PUT, RELEASE, type Script } from './scripts.ts';

export type { RedisClient, RedisStoreOptions } from './redis-options.ts';

/**
 * Shares tokens through a Redis or Valkey server (6.2 or newer), or a cluster of these. Tokens and failures are sealed
 * with the key. One call is one round trip, decided by a script and by the server's own clock.
 *
 * The client is yours: connect it before, close it after. Its `close` is not called; what the store adds is one
 * connection for news, from the first subscription on.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * const store = redisStore(new Redis(), { encryptionKey: process.env.TOKEN_KEY });
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions): TokenStore {
  return new RedisStore(checkRedisOptions(client, options));
}

/** A counter that goes back would make a late token look new, so it is kept longer than what it counts. */
const HISTORY_OUTLIVES_MS = 86_400_000;
/** More entries than this that do not open, each in the place of the last, and whatever is there is treated as none. */
const MAX_SHUT_ENTRIES = 2;
const ANY = '*';

class RedisStore implements TokenStore {
  readonly #prefix: string;
  readonly #channel: string;
  readonly #sealing: Sealing;
  readonly #runner: ScriptRunner;
  readonly #feed: NewsFeed;

  constructor({ commands, sealing, prefix }: RedisConfig) {
    this.#prefix = prefix;
    this.#channel = `${prefix}:news`;
    this.#sealing = sealing;
    this.#runner = new ScriptRunner(commands);
    this.#feed = new NewsFeed(this.#channel, commands.listen);
  }

  async look(key: string, ask: StoreAsk): Promise<StoreAnswer> {
    const { owner, leaseMs, unwantedId = '', minRemainingMs = 0, renewedWithinMs = 0, always = false } = ask;
    const times = [String(minRemainingMs), String(renewedWithinMs)];
    const wanted = [owner, wholeMs(leaseMs), unwantedId, ...times, always ? '1' : '0'];
    let [shutToken, shutFailure] = ['', ''];
    // The server cannot tell what does not open, and must, to give the lease away: so it is told, and asked again.
    for (let round = 1; ; round++) {
      const found = lookReply(await this.#run(LOOK, key, [...wanted, shutToken, shutFailure]));
      const token = found.token && (await this.#openToken(key, found.token));
      const failure = found.failure && (await this.#openFailure(key, found.failure));
      if ((found.token && !token) || (found.failure && !failure)) {
        if (found.token && !token) shutToken = round < MAX_SHUT_ENTRIES ? found.token.sealed : ANY;
        if (found.failure && !failure) shutFailure = round < MAX_SHUT_ENTRIES ? found.failure.sealed : ANY;
        continue;
      }
      const isUnreadable = found.isDamaged || shutToken !== '' || shutFailure !== '';
      return {
        generation: found.generation,
        ...(found.wasRejected && { wasRejected: true }),
        ...(token && { token }),
        ...(failure && { failure }),
        ...(found.lease !== undefined && { lease: found.lease }),
        ...(isUnreadable && { isUnreadable }),
      };
    }
  }

  extend(key: string, owner: string, leaseMs: number): Promise<boolean> {
    return this.#did(EXTEND, key, [owner, wholeMs(leaseMs)]);
  }

  async put(key: string, owner: string, token: StoredToken, remainingMs: number): Promise<boolean> {
    const facts = factsOf(token);
    const sealed = await sealToken(this.#sealing, key, token);
    const news = writeNews({ type: 'settled', key });
    const kept = [String(remainingMs), String(HISTORY_OUTLIVES_MS)];
    const entry = [sealed, facts.id, facts.lifetime, facts.margin, facts.forced];
    return this.#did(PUT, key, [owner, this.#channel, news, ...kept, ...entry]);
  }

  async release(key: string, owner: string, failure?: StoredFailure): Promise<boolean> {
    const news = writeNews({ type: 'settled', key });
    if (failure === undefined) return this.#did(RELEASE, key, [owner, this.#channel, news]);
    const sealed = await sealFailure(this.#sealing, key, failure);
    const pauseMs = failure.pauseMs > 0 ? wholeMs(failure.pauseMs) : '0';
    return this.#did(RELEASE, key, [owner, this.#channel, news, pauseMs, sealed]);
  }

  invalidate(key: string, tokenId: string, forcedRefreshIntervalMs: number): Promise<boolean> {
    const news = writeNews({ type: 'invalidated', key, tokenId });
    const times = [String(forcedRefreshIntervalMs), String(HISTORY_OUTLIVES_MS)];
    return this.#did(INVALIDATE, key, [tokenId, this.#channel, news, ...times]);
  }

  subscribe(listener: (news: StoreNews) => void): () => void {
    return this.#feed.add(listener);
  }

  async close(): Promise<void> {
    this.#feed.close();
  }

  async #run(script: Script, key: string, args: readonly string[]): Promise<unknown> {
    const keys = KEY_KINDS.map((kind) => `${this.#prefix}:{${key}}:${kind}`);
    return this.#runner.run(script, keys, args);
  }

  async #did(script: Script, key: string, args: readonly string[]): Promise<boolean> {
    return textOf(await this.#run(script, key, args)) === '1';
  }

  async #openToken(key: string, { sealed, facts, remainingMs }: FoundToken): Promise<StoreAnswer['token']> {
    const token = await openToken(this.#sealing, key, sealed, facts);
    return token && { token, remainingMs: Math.min(remainingMs, token.lifetimeMs) };
  }

  async #openFailure(key: string, { sealed, pauseMs }: FoundFailure): Promise<StoredFailure | undefined> {
    const failure = await openFailure(this.#sealing, key, sealed);
    return failure && { ...failure, pauseMs: Math.min(pauseMs, failure.pauseMs) };
  }
}

interface FoundToken {
  readonly sealed: string;
  readonly facts: TokenFacts;
  readonly remainingMs: number;
}

interface FoundFailure {
  readonly sealed: string;
  readonly pauseMs: number;
}

interface Found {
  readonly generation: number;
  readonly wasRejected: boolean;
  readonly lease: StoreAnswer['lease'];
  readonly isDamaged: boolean;
  readonly token?: FoundToken;
  readonly failure: FoundFailure | undefined;
}

function lookReply(reply: unknown): Found {
  if (!Array.isArray(reply)) throw new TypeError('The server answers what the script does not');
  const [generation, rejected, lease = '', damaged, failure = '', pause, ...token] = reply.map(textOf);
  const [remaining, sealed, id = '', lifetime = '', margin = '', forced = ''] = token;
  return {
    generation: Number(generation),
    wasRejected: rejected === '1',
    lease: lease === 'held' ? 'held' : lease === '' ? undefined : { remainingMs: Number(lease) },
    isDamaged: damaged === '1',
    failure: failure === '' ? undefined : { sealed: failure, pauseMs: Number(pause) },
    ...(sealed !== undefined && {
      token: { sealed, facts: { id, lifetime, margin, forced }, remainingMs: Number(remaining) },
    }),
  };
}

/** Clients can be told to answer in bytes. */
function textOf(reply: unknown): string {
  return ArrayBuffer.isView(reply) ? new TextDecoder().decode(reply) : String(reply);
}

/** Redis takes whole milliseconds only. */
function wholeMs(ms: number): string {
  return String(Math.max(1, Math.ceil(ms)));
}
