import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TokenProvider, type TokenProviderOptions } from 'tokenflight';
import { type BearerFetchOptions, bearerFetch } from 'tokenflight/fetch';

/** What a service injects: fetch with a good token. */
export const API_FETCH: unique symbol = Symbol('API_FETCH');

class ManagedTokenProvider extends TokenProvider implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}

class TokensModule {}
Module({})(TokensModule); // as the decorator would

/** For `imports` of the modules that call the API. */
export function tokensModule(options: TokenProviderOptions, bearer: BearerFetchOptions): DynamicModule {
  return {
    module: TokensModule,
    providers: [
      { provide: TokenProvider, useFactory: () => new ManagedTokenProvider(options) },
      {
        provide: API_FETCH,
        inject: [TokenProvider],
        useFactory: (tokens: TokenProvider) => bearerFetch(tokens, bearer),
      },
    ],
    exports: [TokenProvider, API_FETCH],
  };
}
