import { TokenProvider, type TokenProviderOptions, type TokenSource } from 'tokenflight';
import { bearerFetch } from 'tokenflight/fetch';

export interface Tenant {
  readonly apiUrl: string;
  /** The client that this tenant has registered, where it is not ours for all of them. */
  readonly client?: TokenProviderOptions;
}

/**
 * One authorised fetch a tenant. One provider serves all tenants that know us as the same client at the same token
 * endpoint: what a token is asked for tells them apart, and each has its own token, flight and cool-down. A tenant with
 * credentials or a token endpoint of its own has a provider of its own. Either way `origins` names one tenant's API, so
 * that no mistake in an address sends one tenant's token to another.
 */
export class Tenants implements AsyncDisposable {
  readonly #shared: TokenProvider;
  readonly #own: TokenProvider[] = [];
  readonly #calls = new Map<string, typeof fetch>();

  constructor(shared: TokenProviderOptions, tenants: Readonly<Record<string, Tenant>>) {
    this.#shared = new TokenProvider(shared);
    for (const [name, { apiUrl, client }] of Object.entries(tenants)) {
      const source: TokenSource = client === undefined ? this.#shared : new TokenProvider(client);
      if (source !== this.#shared) this.#own.push(source as TokenProvider);
      const origins = new URL(apiUrl).origin;
      const call = bearerFetch(source, { origins, request: { resource: apiUrl, scope: `tenant:${name}` } });
      this.#calls.set(name, call);
    }
  }

  /** @throws {RangeError} for a name that nobody configured: a tenant's name may come from a request */
  fetchOf(name: string): typeof fetch {
    const call = this.#calls.get(name);
    if (call === undefined) throw new RangeError('no such tenant');
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#shared, ...this.#own].map((provider) => provider.close()));
  }
}
