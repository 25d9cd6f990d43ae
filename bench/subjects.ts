// Everything that is compared, each as its documentation says. Libraries are imported only when they are measured.
import { askForToken } from './endpoint.ts';

export type GetToken = () => unknown;

export interface Subject {
  /** Makes one that has no token yet. Where it can be chosen, it renews a token so long before its end. */
  make(tokenUrl: string, marginSeconds: number): Promise<GetToken>;
  /** The text of the token in what it gives. */
  read(given: never): string;
  /** How long before its end it renews a token, where that cannot be chosen. */
  readonly fixedMarginSeconds?: number;
  readonly note?: string;
}

const itself = (token: string): string => token;
const answered = ({ access_token }: { access_token: string }): string => access_token;

export const subjects: Readonly<Record<string, Subject>> = {
  tokenflight: {
    async make(tokenUrl) {
      const { TokenProvider } = await import('../dist/index.js');
      const provider = new TokenProvider({ tokenUrl, clientId: 'client', clientSecret: 'secret' });
      return () => provider.getToken();
    },
    read: ({ value }: { value: string }) => value,
  },

  'naive cache': {
    async make(tokenUrl, marginSeconds) {
      let cached: { readonly token: string; readonly untilMs: number } | undefined;
      return async () => {
        if (cached === undefined || Date.now() > cached.untilMs) {
          const { access_token, expires_in } = await askForToken(tokenUrl);
          cached = { token: access_token, untilMs: Date.now() + (expires_in - marginSeconds) * 1_000 };
        }
        return cached.token;
      };
    },
    read: itself,
  },

  'lru-cache fetch()': {
    make: (tokenUrl, marginSeconds) => lruCache(tokenUrl, marginSeconds, {}),
    read: itself,
  },

  '@azure/core-rest-pipeline': {
    async make(tokenUrl) {
      const { bearerTokenAuthenticationPolicy, createPipelineRequest } = await import('@azure/core-rest-pipeline');
      const credential = {
        async getToken() {
          const { access_token, expires_in } = await askForToken(tokenUrl);
          return { token: access_token, expiresOnTimestamp: Date.now() + expires_in * 1_000 };
        },
      };
      const policy = bearerTokenAuthenticationPolicy({ credential, scopes: 'scope' });
      const answer = { status: 200, headers: createPipelineRequest({ url: 'https://api.example' }).headers };
      return () => {
        const request = createPipelineRequest({ url: 'https://api.example' });
        return policy.sendRequest(request, async () => ({ ...answer, request }));
      };
    },
    read: ({ request }: { request: { headers: { get(name: string): string | undefined } } }) =>
      request.headers.get('authorization')?.slice('Bearer '.length) ?? '',
    fixedMarginSeconds: 120,
  },

  '@azure/msal-node': {
    async make(tokenUrl) {
      const { ConfidentialClientApplication } = await import('@azure/msal-node');
      const authority = 'https://login.microsoftonline.com/tenant';
      const metadata = {
        authorization_endpoint: `${authority}/authorize`,
        token_endpoint: `${authority}/token`,
        issuer: authority,
        jwks_uri: `${authority}/keys`,
      };
      const client = new ConfidentialClientApplication({
        auth: { clientId: 'client', clientSecret: 'secret', authority, authorityMetadata: JSON.stringify(metadata) },
        system: {
          networkClient: {
            sendGetRequestAsync: () => Promise.reject(new Error('not needed')),
            async sendPostRequestAsync<T>(_url: string, options?: { headers?: Record<string, string>; body?: string }) {
              const response = await fetch(tokenUrl, { method: 'POST', ...options });
              return { status: response.status, headers: {}, body: (await response.json()) as T };
            },
          },
        },
      });
      return () => client.acquireTokenByClientCredential({ scopes: ['https://api.example/.default'] });
    },
    read: ({ accessToken }: { accessToken: string }) => accessToken,
    fixedMarginSeconds: 300,
  },

  'google-auth-library': {
    async make(tokenUrl, marginSeconds) {
      const { OAuth2Client } = await import('google-auth-library');
      const client = new OAuth2Client({
        clientId: 'client',
        clientSecret: 'secret',
        endpoints: { oauth2TokenUrl: tokenUrl },
        eagerRefreshThresholdMillis: marginSeconds * 1_000,
      });
      client.setCredentials({ refresh_token: 'refresh' });
      return () => client.getAccessToken();
    },
    read: ({ token }: { token: string }) => token,
  },

  '@badgateway/oauth2-client': {
    async make(tokenUrl) {
      const { OAuth2Client, OAuth2Fetch } = await import('@badgateway/oauth2-client');
      const client = new OAuth2Client({ clientId: 'client', clientSecret: 'secret', tokenEndpoint: tokenUrl });
      const tokens = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials(), scheduleRefresh: false });
      return () => tokens.getAccessToken();
    },
    read: itself,
    fixedMarginSeconds: 0,
    note: 'asks when a token has ended; its timer is for tokens of over 2 minutes with a refresh token',
  },

  '@smithy/property-provider memoize': {
    async make(tokenUrl, marginSeconds) {
      const { memoize } = await import('@smithy/property-provider');
      return memoize(
        async () => {
          const { access_token, expires_in } = await askForToken(tokenUrl);
          return { token: access_token, expiration: Date.now() + expires_in * 1_000 };
        },
        ({ expiration }) => expiration - Date.now() < marginSeconds * 1_000,
        () => true,
      );
    },
    read: ({ token }: { token: string }) => token,
  },

  'simple-oauth2': {
    async make(tokenUrl, marginSeconds) {
      const { ClientCredentials } = await import('simple-oauth2');
      const { origin, pathname } = new URL(tokenUrl);
      const client = new ClientCredentials({
        client: { id: 'client', secret: 'secret' },
        auth: { tokenHost: origin, tokenPath: pathname },
      });
      let token: Awaited<ReturnType<typeof client.getToken>> | undefined;
      return async () => {
        if (token === undefined || token.expired(marginSeconds)) token = await client.getToken({});
        return token.token['access_token'];
      };
    },
    read: itself,
  },

  'axios-token-interceptor': {
    async make(tokenUrl, marginSeconds) {
      const { default: axiosTokens } = await import('axios-token-interceptor');
      return axiosTokens.tokenCache(() => askForToken(tokenUrl), {
        getMaxAge: ({ expires_in }: { expires_in: number }) => (expires_in - marginSeconds) * 1_000,
      });
    },
    read: answered,
  },

  'async-cache-dedupe': {
    make: (tokenUrl, marginSeconds) => asyncCacheDedupe(tokenUrl, marginSeconds, 0),
    read: answered,
  },
};

/** The same libraries where they are told to hand out a stale value while they get a new one. */
export const staleSubjects: Readonly<Record<string, Subject>> = {
  'lru-cache fetch(), allowStale': {
    make: (tokenUrl, marginSeconds) =>
      lruCache(tokenUrl, marginSeconds, { allowStale: true, noDeleteOnFetchRejection: true }),
    read: itself,
    note: 'a stale token is handed out however long ago it ended',
  },

  'async-cache-dedupe, stale': {
    make: (tokenUrl, marginSeconds) => asyncCacheDedupe(tokenUrl, 1, Math.max(1, marginSeconds - 1)),
    read: answered,
  },
};

interface StaleOptions {
  readonly allowStale?: boolean;
  readonly noDeleteOnFetchRejection?: boolean;
}

async function lruCache(tokenUrl: string, marginSeconds: number, stale: StaleOptions): Promise<GetToken> {
  const { LRUCache } = await import('lru-cache');
  const cache = new LRUCache<string, string>({
    max: 10_000,
    ...stale,
    fetchMethod: async (_key, _stale, { options }) => {
      const { access_token, expires_in } = await askForToken(tokenUrl);
      options.ttl = (expires_in - marginSeconds) * 1_000;
      return access_token;
    },
  });
  return () => cache.fetch('key');
}

async function asyncCacheDedupe(tokenUrl: string, marginSeconds: number, staleSeconds: number): Promise<GetToken> {
  const { createCache } = await import('async-cache-dedupe');
  const ttl = (answer: unknown): number => (answer as { expires_in: number }).expires_in - marginSeconds - staleSeconds;
  const cache = createCache({ ttl, stale: staleSeconds, storage: { type: 'memory' } });
  const tokens = cache.define('token', () => askForToken(tokenUrl));
  return () => tokens.token();
}
