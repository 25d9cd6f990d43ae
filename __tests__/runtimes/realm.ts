import type * as core from 'tokenflight';
import type { bearerFetch } from 'tokenflight/fetch';
import type { Behaviour, Observed } from './server.ts';

/** The package, however the platform came by it. */
export type Library = typeof core & { readonly bearerFetch: typeof bearerFetch };

/** One check's own token endpoint and API, which know nothing of other checks, and a clock that can be set forward. */
export class Realm {
  readonly library: Library;
  readonly api: string;
  readonly #base: string;
  readonly #name: string;
  readonly #providers: core.TokenProvider[] = [];
  #aheadMs = 0;

  constructor(library: Library, origin: string, name: string) {
    this.library = library;
    this.#name = name;
    this.#base = `${origin}/${name}`;
    this.api = `${this.#base}/api`;
  }

  provider(options: Partial<core.TokenProviderOptions> = {}): core.TokenProvider {
    const provider = new this.library.TokenProvider({
      tokenUrl: `${this.#base}/token`,
      clientId: 'client',
      clientSecret: 'secret of no server',
      retry: { minDelayMs: 1, maxDelayMs: 2 },
      clock: {
        monotonicMs: () => performance.now() + this.#aheadMs,
        wallMs: () => Date.now() + this.#aheadMs,
        schedule(callback, delayMs) {
          const timer = setTimeout(callback, delayMs);
          return () => clearTimeout(timer);
        },
      },
      ...options,
    });
    this.#providers.push(provider);
    return provider;
  }

  fetch(source: core.TokenSource = this.provider()): typeof fetch {
    return this.library.bearerFetch(source, { origins: new URL(this.#base).origin });
  }

  /** The text of the nth token that this realm's endpoint gives, from 1. */
  token(count: number): string {
    return `${this.#name}.${count}`;
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Changes how the servers behave. */
  async tell(behaviour: Behaviour): Promise<void> {
    await fetch(`${this.#base}/tell`, { method: 'POST', body: JSON.stringify(behaviour) });
  }

  /** What the servers have seen so far. */
  async told(): Promise<Observed> {
    return (await fetch(`${this.#base}/told`)).json() as Promise<Observed>;
  }

  async end(): Promise<void> {
    for (const provider of this.#providers) await provider.close();
  }
}
