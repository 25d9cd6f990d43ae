/** What is known of an authorization server: configured, or found by discovery. */
export interface AuthorizationServer {
  readonly tokenUrl: URL;
  /** RFC 8414 §2. Known where the provider was given it. */
  readonly issuer?: string | undefined;
  /** RFC 7009. */
  readonly revocationUrl?: URL | undefined;
}

/** Where an authorization server's endpoints come from. */
export interface ServerSource {
  /** The token endpoint or the issuer, as configured: part of the cache key. Its query may hold a secret. */
  readonly address: string;
  /** @throws a `TokenflightError` if they cannot be found just now */
  get(): Promise<AuthorizationServer>;
  close(): void;
}

/** A server whose endpoints are configured. */
export function fixedServer(server: AuthorizationServer): ServerSource {
  const known = Promise.resolve(server);
  return { address: server.tokenUrl.href, get: () => known, close: () => {} };
}
