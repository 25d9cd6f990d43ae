// Packages that come without types: what is used of them here.

declare module 'simple-oauth2' {
  export class ClientCredentials {
    constructor(config: {
      readonly client: { readonly id: string; readonly secret: string };
      readonly auth: { readonly tokenHost: string; readonly tokenPath: string };
    });
    getToken(parameters: object): Promise<{
      readonly token: Readonly<Record<string, unknown>>;
      expired(windowSeconds: number): boolean;
    }>;
  }
}

declare module 'axios-token-interceptor' {
  const tokens: {
    tokenCache<T>(getToken: () => Promise<T>, options: { getMaxAge(token: T): number }): () => Promise<T>;
  };
  export default tokens;
}
