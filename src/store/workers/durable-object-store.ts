import { ConfigurationError } from '../../errors/configuration-error.ts';
import { checkedBoolean, checkedObject, checkedString, checkNames } from '../../errors/option-checks.ts';
import { NewsFeed } from '../news-feed.ts';
import type { Sealing } from '../sealing.ts';
import { checkedSealing, SEALING_OPTIONS, type SealingOptions } from '../sealing-options.ts';
import { factsOf, openFailure, openToken, sealFailure, sealToken } from '../stored-entry.ts';
import type { StoreAnswer, StoreAsk, StoredFailure, StoredToken, TokenStore } from '../token-store.ts';
import {
  ANY,
  type Answers,
  addressOf,
  type KeptToken,
  NEWS,
  type ObjectAnswer,
  type Operation,
  type Questions,
} from './object-messages.ts';
import { listenTo, type ObjectStub } from './object-news.ts';
import type { ReadTier } from './read-tier.ts';
import { TokenCopies } from './token-copies.ts';

/** What is used of a `DurableObjectNamespace`. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: never): ObjectStub;
}

/** Options of {@link durableObjectStore}. */
export interface DurableObjectStoreOptions extends SealingOptions {
  /** Which object of the namespace: all who give the same name share their tokens. Default: `tokenflight`. */
  readonly name?: string | undefined;
  /**
   * Hear of what others did, over a WebSocket. Only for what lives long, such as a provider in a Durable Object of yours: the
   * socket belongs to the request that makes the provider, and what a Worker's requests hear they cannot tell each other.
   * Default: false, who waits asks again.
   */
  readonly news?: boolean | undefined;
  /**
   * Copies of the tokens, sealed, which a cold isolate reads without asking the object: `cacheTier(…)` or `kvTier(…)`. A copy may
   * be of a token that was rejected since elsewhere: the 401 that it brings renews it. Default: none.
   */
  readonly readTier?: ReadTier | undefined;
}

const KNOWN = new Set([...SEALING_OPTIONS, 'name', 'news', 'readTier']);
/** More entries than this that do not open, each in the place of the last, and whatever is there is treated as none. */
const MAX_SHUT_ENTRIES = 2;

/**
 * Shares tokens between the isolates of a Worker, and between Workers, through a Durable Object of the class
 * `TokenStoreObject`. Tokens and failures are sealed with the key before they leave the isolate. One call is one request to
 * the object, decided there in one step.
 *
 * @param namespace the binding. Never a stub: that belongs to the request that made it
 * @throws {ConfigurationError} naming the option
 * @example
 * const store = durableObjectStore(env.TOKENS, { encryptionKey: env.TOKEN_KEY });
 */
export function durableObjectStore(namespace: ObjectNamespace, options: DurableObjectStoreOptions): TokenStore {
  checkNames('', checkedObject('options', options), KNOWN);
  const name = checkedString('name', options.name ?? 'tokenflight');
  const news = checkedBoolean('news', options.news ?? false);
  if (typeof namespace?.idFromName !== 'function' || typeof namespace.get !== 'function') {
    throw new ConfigurationError('namespace', 'must be the binding of a Durable Object class');
  }
  const { readTier, allowPlaintext } = options;
  if (readTier !== undefined && typeof readTier?.read !== 'function') {
    throw new ConfigurationError('readTier', 'must be a cacheTier(…) or kvTier(…)');
  }
  const sealing = checkedSealing(options);
  if (readTier && allowPlaintext) throw new ConfigurationError('readTier', 'takes sealed tokens only');
  return new DurableObjectStore(
    () => namespace.get(namespace.idFromName(name) as never),
    sealing,
    news,
    readTier && new TokenCopies(readTier, name),
  );
}

class DurableObjectStore implements TokenStore {
  readonly #stub: () => ObjectStub;
  readonly #sealing: Sealing;
  readonly #feed: NewsFeed;
  readonly #copies: TokenCopies | undefined;

  constructor(stub: () => ObjectStub, sealing: Sealing, hasNews: boolean, copies: TokenCopies | undefined) {
    this.#stub = stub;
    this.#sealing = sealing;
    this.#copies = copies;
    this.#feed = new NewsFeed(NEWS, hasNews ? (_channel, tell, onLost) => listenTo(stub(), tell, onLost) : undefined);
  }

  async look(key: string, ask: StoreAsk): Promise<StoreAnswer> {
    const copy = await this.#copies?.look(key, ask);
    const token = copy && (await this.#openToken(key, copy));
    return token ? { generation: copy.generation, token } : this.#lookAtObject(key, ask);
  }

  async #lookAtObject(key: string, ask: StoreAsk): Promise<StoreAnswer> {
    const shut: string[] = [];
    // The object cannot tell what does not open, and must, to give the lease away: so it is told, and asked again.
    for (;;) {
      const askedMs = Date.now();
      const { token, failure, ...known } = await this.#ask('look', key, { ask, shut });
      const opened = token && (await this.#openToken(key, token));
      const told = failure && (await this.#openFailure(key, failure));
      const closed = (opened ? undefined : token?.token.sealed) ?? (told ? undefined : failure?.failure.sealed);
      if (closed !== undefined) {
        shut.push(shut.length < MAX_SHUT_ENTRIES ? closed : ANY);
        continue;
      }
      if (token && opened) this.#keepCopy(key, opened.token, { ...token, ...known }, askedMs);
      return {
        ...known,
        ...(opened && { token: opened }),
        ...(told && { failure: told }),
        ...(shut.length > 0 && { isUnreadable: true }),
      };
    }
  }

  extend(key: string, owner: string, leaseMs: number): Promise<boolean> {
    return this.#ask('extend', key, { owner, leaseMs });
  }

  async put(key: string, owner: string, token: StoredToken, remainingMs: number): Promise<boolean> {
    const { id, lifetimeMs, marginMs, isForced } = token;
    const sealed = { id, lifetimeMs, marginMs, isForced, sealed: await sealToken(this.#sealing, key, token) };
    const askedMs = Date.now();
    const kept = await this.#ask('put', key, { owner, token: sealed, remainingMs });
    if (kept) this.#keepCopy(key, token, { ...kept, token: sealed }, askedMs);
    return kept !== null;
  }

  async release(key: string, owner: string, failure?: StoredFailure): Promise<boolean> {
    if (failure === undefined) return this.#ask('release', key, { owner });
    const sealed = await sealFailure(this.#sealing, key, failure);
    return this.#ask('release', key, { owner, failure: { sealed, pauseMs: failure.pauseMs } });
  }

  invalidate(key: string, tokenId: string, forcedRefreshIntervalMs: number): Promise<boolean> {
    const told = this.#ask('invalidate', key, { tokenId, forcedRefreshIntervalMs });
    this.#copies?.drop(key, tokenId, told);
    return told;
  }

  subscribe(listener: Parameters<TokenStore['subscribe']>[0]): () => void {
    return this.#feed.add(listener);
  }

  async close(): Promise<void> {
    this.#feed.close();
  }

  /** Once more where the object was just moved or renewed: each operation can be done twice. */
  async #ask<O extends Operation>(operation: O, key: string, question: Questions[O]): Promise<Answers[O]> {
    try {
      return await this.#askOnce(operation, key, question);
    } catch (error) {
      const { retryable, overloaded } = error as { readonly retryable?: unknown; readonly overloaded?: unknown };
      if (retryable !== true || overloaded === true) throw error;
      return this.#askOnce(operation, key, question);
    }
  }

  async #askOnce<O extends Operation>(operation: O, key: string, question: Questions[O]): Promise<Answers[O]> {
    const init = { method: 'POST', body: JSON.stringify({ key, ...question }) };
    const answer = (await this.#stub().fetch(addressOf(operation), init as never)) as Response;
    if (!answer.ok) throw new Error(`the object answered with status ${answer.status}`);
    return (await answer.json()) as Answers[O];
  }

  #keepCopy(key: string, { tokenType }: StoredToken, kept: KeptToken, askedMs: number): void {
    if (tokenType !== 'refresh_token') this.#copies?.keep(key, kept, askedMs); // that one is for who holds the lease
  }

  async #openToken(
    key: string,
    { token, remainingMs }: NonNullable<ObjectAnswer['token']>,
  ): Promise<StoreAnswer['token']> {
    const opened = await openToken(this.#sealing, key, token.sealed, factsOf(token));
    return opened && { token: opened, remainingMs: Math.min(remainingMs, opened.lifetimeMs) };
  }

  async #openFailure(
    key: string,
    { failure, pauseMs }: NonNullable<ObjectAnswer['failure']>,
  ): Promise<StoredFailure | undefined> {
    const opened = await openFailure(this.#sealing, key, failure.sealed);
    return opened && { ...opened, pauseMs: Math.min(pauseMs, opened.pauseMs) };
  }
}
