import { cacheTier, kvTier, type ReadTier } from '../../src/store/workers/read-tier.ts';

/** What a tier holds, with ways to break it. Expiry is for the platform: what it gives too long has to be seen through. */
class Place {
  readonly kept: Map<string, { readonly text: string; readonly seconds: number }> = new Map();
  reads = 0;
  /** Comes in place of every answer. */
  broken: (() => Promise<never>) | undefined;

  async get(name: string): Promise<string | undefined> {
    this.reads++;
    await this.broken?.();
    return this.kept.get(name)?.text;
  }

  async put(name: string, text: string, seconds: number): Promise<void> {
    await this.broken?.();
    this.kept.set(name, { text, seconds });
  }

  async delete(name: string): Promise<boolean> {
    await this.broken?.();
    return this.kept.delete(name);
  }
}

/** A tier of the kind that is called so, and how to wait until what was copied is there. */
export class TierUnderTest extends Place {
  readonly tier: ReadTier;
  readonly #copying: Promise<unknown>[] = [];

  constructor(kind: 'cache' | 'kv') {
    super();
    const options = { waitUntil: (promise: Promise<unknown>) => void this.#copying.push(promise) };
    const cache = {
      match: async (url: string) => {
        const text = await this.get(url);
        return text === undefined ? undefined : new Response(text);
      },
      async put(url: string, response: Response) {
        const maxAge = /^max-age=(\d+)$/.exec(response.headers.get('cache-control') ?? '')?.[1];
        await place.put(url, await response.text(), Number(maxAge));
      },
      delete: (url: string) => this.delete(url),
    };
    const namespace = {
      get: async (name: string) => (await this.get(name)) ?? null,
      put: (name: string, text: string, { expirationTtl }: { readonly expirationTtl: number }) =>
        this.put(name, text, expirationTtl),
      delete: (name: string) => this.delete(name),
    };
    const place: Place = this;
    this.tier = kind === 'cache' ? cacheTier(cache, options) : kvTier(namespace, options);
  }

  async copied(): Promise<void> {
    await Promise.all(this.#copying.splice(0));
  }
}
