// `node --expose-gc memory-of.ts <what>`: fills one cache with 100,000 tokens and prints the bytes that each one takes.
import { createCache } from 'async-cache-dedupe';
import { LRUCache } from 'lru-cache';
import { TokenProvider } from '../dist/index.js';

const TOKENS = 100_000;
const { gc } = globalThis as { gc?: () => void };

const scopeOf = (at: number): string => `api:resource:${at}`;
const tokenOf = (at: number): string => `${'t'.repeat(200)}${at}`.split('').join(''); // flat, not a tree of strings

async function used(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

type Fill = () => Promise<unknown>;
const fills: Readonly<Record<string, Fill>> = {
  async Map() {
    const map = new Map<string, { token: string; untilMs: number }>();
    for (let at = 0; at < TOKENS; at++) map.set(scopeOf(at), { token: tokenOf(at), untilMs: Date.now() + at });
    return map;
  },
  async 'lru-cache'() {
    const cache = new LRUCache<string, string>({ max: TOKENS, ttl: 3_600_000 });
    for (let at = 0; at < TOKENS; at++) cache.set(scopeOf(at), tokenOf(at));
    return cache;
  },
  async 'async-cache-dedupe'() {
    let granted = 0;
    const storage = { type: 'memory' as const, options: { size: TOKENS } };
    const cache = createCache({ ttl: 3_600, storage }).define('token', async (_scope: string) => tokenOf(granted++));
    for (let at = 0; at < TOKENS; at++) await cache.token(scopeOf(at));
    return cache;
  },
  async tokenflight() {
    let granted = 0;
    const provider = new TokenProvider({
      tokenUrl: 'https://auth.example/token',
      clientId: 'client',
      clientSecret: 'secret',
      maxTokens: TOKENS + 1,
      transport: async () =>
        Response.json({ access_token: tokenOf(granted++), token_type: 'Bearer', expires_in: 86_400 }),
    });
    for (let at = 0; at < TOKENS; at += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, more) => provider.getToken({ scope: scopeOf(at + more) })));
    }
    return provider;
  },
};

const fill = fills[process.argv[2] ?? ''];
if (fill === undefined) throw new Error(`one of ${Object.keys(fills).join(', ')}`);
const before = await used();
const cache = await fill();
const bytes = ((await used()) - before) / TOKENS;
console.log(bytes, cache === undefined ? '' : 'kept');
