/** What is used of the module that every Worker finds. */
declare module 'cloudflare:workers' {
  export function waitUntil(promise: Promise<unknown>): void;
  /** The bindings of the tests and of the README's example. */
  export const env: Readonly<
    Record<'CLIENT_ID' | 'CLIENT_SECRET' | 'COPIES' | 'KEEPER' | 'TOKENS' | 'TOKEN_KEY' | 'TOKEN_URL', never>
  >;
}
