import type { FastifyPluginCallback } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { TokenProvider, type TokenProviderOptions } from 'tokenflight';
import { type BearerFetchOptions, bearerFetch } from 'tokenflight/fetch';

export interface TokensPluginOptions {
  readonly tokens: TokenProviderOptions;
  readonly bearer: BearerFetchOptions;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** fetch with a good token, to the origins that the plugin was given. */
    readonly api: typeof fetch;
  }
}

/** Decorates the application with an authorised fetch, and ends its provider with it. */
export const tokensPlugin: FastifyPluginCallback<TokensPluginOptions> = fastifyPlugin<TokensPluginOptions>(
  async (app, { tokens: options, bearer }) => {
    const tokens = new TokenProvider(options);
    tokens.on((event) => {
      if (event.type === 'refresh-failed')
        app.log.warn({ code: event.error.code, served: event.served }, 'no new token');
    });
    app.decorate('api', bearerFetch(tokens, bearer));
    app.addHook('onClose', () => tokens.close());
  },
  { name: 'tokens', fastify: '5.x' },
);
