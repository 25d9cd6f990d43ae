// The Worker under test, with the object that its isolates share; `isolates.ts` speaks to it.
import { env, waitUntil } from 'cloudflare:workers';
import {
  dpop,
  refreshToken,
  staticTokenSource,
  TokenProvider,
  type TokenProviderOptions,
  type TokenStore,
} from 'tokenflight';
import { storeContract } from 'tokenflight/testing';
import {
  cacheTier,
  durableObjectStore,
  kvTier,
  type ObjectState,
  perRequest,
  type ReadTier,
  TokenStoreObject,
} from 'tokenflight/workers';
import type { CheckResult } from '../suite.ts';

/** The object, with a way to lose its memory, one to look into its storage, and a count of those who looked for a token. */
export class Keeper extends TokenStoreObject {
  readonly #state: ObjectState & { abort(reason: string): void };
  #looks = 0;

  constructor(state: ObjectState & { abort(reason: string): void }) {
    super(state);
    this.#state = state;
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/restart') this.#state.abort('restarted by the test');
    if (pathname === '/look') this.#looks++;
    if (pathname === '/looks') return new Response(String(this.#looks));
    if (pathname === '/dump') return Response.json([...(await this.#state.storage.list())]);
    return super.fetch(request);
  }
}

const encryptionKey = new Uint8Array(32).fill(7);
const shared = durableObjectStore(env.KEEPER as never, { encryptionKey });
const copying: Promise<unknown>[] = [];
const tierOptions = {
  waitUntil(promise: Promise<unknown>): void {
    waitUntil(promise);
    copying.push(promise);
  },
};
const tiers: Readonly<Record<string, ReadTier>> = {
  cache: cacheTier((caches as unknown as { readonly default: Cache }).default, tierOptions),
  kv: kvTier(env.COPIES as never, tierOptions),
};
const tiered = (name: string): Partial<TokenProviderOptions> => ({
  store: durableObjectStore(env.KEEPER as never, { encryptionKey, readTier: tiers[name] }),
  storeTimeoutMs: 5_000,
});
/** Until what this request copied is there. Requests that copy come one at a time. */
const copied = (): Promise<unknown> => Promise.all(copying.splice(0));
const keeper = (path: string): Promise<Response> => {
  const namespace = env.KEEPER as unknown as {
    idFromName(name: string): unknown;
    get(id: unknown): typeof globalThis;
  };
  return namespace.get(namespace.idFromName('tokenflight')).fetch(`https://keeper.invalid${path}`);
};

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

/** That of the latest request. */
let context: Context | undefined;
let aheadMs = 0;
/** How often a request of this isolate found the lease with another. */
let waits = 0;
const clock = {
  monotonicMs: () => performance.now() + aheadMs,
  wallMs: () => Date.now() + aheadMs,
  schedule(callback: () => void, delayMs: number): () => void {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
const kinds: Readonly<Record<string, (base: string) => Partial<TokenProviderOptions>>> = {
  shared: () => ({ store: shared, storeTimeoutMs: 5_000 }),
  cache: () => tiered('cache'),
  kv: () => tiered('kv'),
  alone: () => ({}),
  mortal: () => ({ flights: perRequest({ waitUntil: () => {} }) }),
  mortalInTurns: () => ({
    flights: perRequest({ waitUntil: () => {} }),
    grant: refreshToken({ refreshToken: 'of the first login' }),
  }),
  unbound: () => ({ flights: perRequest({ waitUntil: context?.waitUntil as never }) }),
  inTurns: () => ({ grant: refreshToken({ refreshToken: 'of the first login' }) }),
  discovering: (base) => ({ tokenUrl: undefined, issuer: base }),
};

// As it is in a Worker: one for all requests of the isolate, and made outside of any, where much is forbidden.
const client = { issuer: 'https://id.example', clientId: 'a', clientSecret: 'b', flights: perRequest({ waitUntil }) };
new TokenProvider(client);
new TokenProvider({ ...client, store: shared });
new TokenProvider({ ...client, store: shared, grant: refreshToken({ refreshToken: 'c', subject: 'd' }) });
new TokenProvider({ ...client, dpop: dpop() });
staticTokenSource('e');
const providers = new Map<string, TokenProvider>();
function providerOf(kind: string, base: string): TokenProvider {
  const made =
    providers.get(`${kind} ${base}`) ??
    new TokenProvider({
      tokenUrl: `${base}/token`,
      clientId: 'client',
      clientSecret: 'secret of no server',
      flights: perRequest({ waitUntil }),
      clock,
      ...kinds[kind]?.(base),
    });
  if (!providers.has(`${kind} ${base}`)) {
    made.on(({ type }) => {
      if (type === 'store-waiting') waits++;
    });
  }
  providers.set(`${kind} ${base}`, made);
  return made;
}

/** As it is for others, who come when what this one wrote has arrived. */
const settling = (store: TokenStore): TokenStore =>
  new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target);
      return name === 'subscribe' ? method : async (...given: unknown[]) => method(...given).finally(copied);
    },
  });

async function contract(readTier: ReadTier | undefined): Promise<readonly CheckResult[]> {
  const cases: [string, () => Promise<void>][] = [];
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: (name: string, test: () => Promise<void>) => void cases.push([name, test]),
  };
  const advance = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  storeContract(runner, () => {
    const handles = [0, 1].map(() =>
      settling(durableObjectStore(env.KEEPER as never, { encryptionKey, news: true, readTier })),
    );
    const [ours, theirs] = handles as [(typeof handles)[0], (typeof handles)[0]];
    const subscribed = async (): Promise<void> => {
      const probe = crypto.randomUUID();
      let isHeard = false;
      theirs.subscribe((news) => {
        isHeard ||= news.key === probe;
      });
      while (!isHeard) {
        await ours.look(probe, { owner: 'probe', leaseMs: 1_000 });
        await ours.release(probe, 'probe');
        await advance(5);
      }
    };
    const close = async (): Promise<void> => {
      for (const store of handles) await store.close();
    };
    return { handles, advance, subscribed, close };
  });
  const results: CheckResult[] = [];
  for (const [name, test] of cases) {
    const problem = await test().then(
      () => undefined,
      (error: unknown) => String(error),
    );
    results.push({ name: `contract: ${name}`, problem });
  }
  return results;
}

export default {
  async fetch(request: Request, _env: unknown, ofRequest: Context): Promise<Response> {
    context = ofRequest;
    const { pathname, searchParams } = new URL(request.url);
    const provider = (): TokenProvider => providerOf(searchParams.get('kind') ?? '', searchParams.get('base') ?? '');
    try {
      switch (pathname) {
        case '/token':
          return new Response((await provider().getToken().finally(copied)).value);
        case '/invalidate':
          return new Response(String(await provider().invalidate(await provider().getToken())));
        case '/close':
          await provider().close();
          return new Response('closed');
        case '/advance':
          aheadMs += Number(searchParams.get('ms'));
          return new Response('');
        case '/waits':
          return new Response(String(waits));
        case '/contract':
          return Response.json(await contract(tiers[searchParams.get('tier') ?? '']));
        case '/dump':
        case '/looks':
          return await keeper(pathname);
        default:
          await keeper('/restart').catch(() => {});
          return new Response('');
      }
    } catch (error) {
      return new Response(String(error instanceof Error ? error.stack : error), { status: 500 });
    }
  },
};
