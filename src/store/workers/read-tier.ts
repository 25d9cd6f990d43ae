import { ConfigurationError } from '../../errors/configuration-error.ts';
import { checkedFunction, checkedObject, checkNames } from '../../errors/option-checks.ts';

/** A place near who reads, for texts that may be old or gone at any time. Made by {@link cacheTier} and {@link kvTier}. */
export interface ReadTier {
  /** Undefined or null: there is none. */
  read(name: string): Promise<string | null | undefined>;
  /** @param lifeMs good for nobody after that */
  write(name: string, text: string, lifeMs: number): Promise<unknown>;
  delete(name: string): Promise<unknown>;
  /** Keeps the current request alive until the promise settles. */
  waitUntil(promise: Promise<unknown>): void;
}

/** Options of {@link cacheTier} and {@link kvTier}. */
export interface ReadTierOptions {
  /** Such as `waitUntil` of `cloudflare:workers`: a copy is written beside the response, and beyond it. */
  waitUntil(promise: Promise<unknown>): void;
}

/** What is used of a `Cache`. */
export interface TierCache {
  match(url: string): Promise<{ text(): Promise<string> } | undefined>;
  put(url: string, response: never): Promise<unknown>;
  delete(url: string): Promise<unknown>;
}

/** What is used of a `KVNamespace`. */
export interface TierNamespace {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { readonly expirationTtl: number }): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** Of no host: no visitor can ask for what lies there, and nothing is ever looked up. */
const ORIGIN = 'https://tokenflight.invalid';
/** The shortest that KV takes. */
const SHORTEST_KV_SECONDS = 60;

/**
 * The cache of the data centre, such as `caches.default`: read within a millisecond or two. Each data centre has one of its
 * own; on `workers.dev` it keeps nothing, says Cloudflare.
 *
 * @throws {ConfigurationError}
 */
export function cacheTier(cache: TierCache, options: ReadTierOptions): ReadTier {
  const waitUntil = checkedWaitUntil(options);
  if (typeof cache?.match !== 'function') throw new ConfigurationError('cache', 'must be a Cache: caches.default');
  const urlOf = (name: string): string => `${ORIGIN}/${name}`;
  return {
    waitUntil,
    read: async (name) => (await cache.match(urlOf(name)))?.text(),
    write(name, text, lifeMs) {
      const headers = { 'cache-control': `max-age=${Math.ceil(lifeMs / 1_000)}` };
      return cache.put(urlOf(name), new Response(text, { headers }) as never);
    },
    delete: (name) => cache.delete(urlOf(name)),
  };
}

/**
 * A KV namespace: one for all data centres, which see what changed there up to a minute late.
 *
 * @throws {ConfigurationError}
 */
export function kvTier(namespace: TierNamespace, options: ReadTierOptions): ReadTier {
  const waitUntil = checkedWaitUntil(options);
  if (typeof namespace?.get !== 'function') {
    throw new ConfigurationError('namespace', 'must be the binding of a KV namespace');
  }
  return {
    waitUntil,
    read: (name) => namespace.get(name),
    write(name, text, lifeMs) {
      const expirationTtl = Math.max(SHORTEST_KV_SECONDS, Math.ceil(lifeMs / 1_000));
      return namespace.put(name, text, { expirationTtl });
    },
    delete: (name) => namespace.delete(name),
  };
}

function checkedWaitUntil(options: ReadTierOptions): ReadTierOptions['waitUntil'] {
  checkNames('', checkedObject('options', options), new Set(['waitUntil']));
  return checkedFunction('waitUntil', options.waitUntil);
}
