// oidc-provider ships no types. This is the part of it that the demo uses.
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  interface Context {
    readonly oidc?: { readonly route?: string; readonly client?: { readonly clientId: string } };
  }

  class Provider {
    constructor(issuer: string, configuration: object);
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this;
    callback(): RequestListener;
  }

  export default Provider;
}
