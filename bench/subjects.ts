// Everything that is compared, each as its documentation says: a function that gives the token that is good now.
import { bearerTokenAuthenticationPolicy, createPipelineRequest } from '@azure/core-rest-pipeline';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { OAuth2Client as BadgatewayClient, OAuth2Fetch } from '@badgateway/oauth2-client';
import { memoize } from '@smithy/property-provider';
import { createCache } from 'async-cache-dedupe';
import axiosTokens from 'axios-token-interceptor';
import { OAuth2Client as GoogleClient } from 'google-auth-library';
import { LRUCache } from 'lru-cache';
import { ClientCredentials } from 'simple-oauth2';
import { TokenProvider } from '../dist/index.js';
import { askForToken } from './endpoint.ts';

export type GetToken = () => unknown;

/** A subject's name, and how to make one that has no token yet. */
export const subjects: Readonly<Record<string, (tokenUrl: string) => GetToken>> = {
  tokenflight(tokenUrl) {
    const provider = new TokenProvider({ tokenUrl, clientId: 'client', clientSecret: 'secret', retry: { retries: 0 } });
    return () => provider.getToken();
  },

  'naive cache'(tokenUrl) {
    let cached: { readonly token: string; readonly untilMs: number } | undefined;
    return async () => {
      if (cached === undefined || Date.now() > cached.untilMs) {
        const { access_token, expires_in } = await askForToken(tokenUrl);
        cached = { token: access_token, untilMs: Date.now() + (expires_in - 60) * 1_000 };
      }
      return cached.token;
    };
  },

  'lru-cache fetch()'(tokenUrl) {
    const cache = new LRUCache<string, string>({
      max: 10_000,
      fetchMethod: async (_key, _stale, { options }) => {
        const { access_token, expires_in } = await askForToken(tokenUrl);
        options.ttl = (expires_in - 60) * 1_000;
        return access_token;
      },
    });
    return () => cache.fetch('key');
  },

  '@azure/core-rest-pipeline'(tokenUrl) {
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

  '@azure/msal-node'(tokenUrl) {
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
            const { headers, body } = options ?? {};
            const response = await fetch(tokenUrl, { method: 'POST', headers, body });
            return { status: response.status, headers: {}, body: (await response.json()) as T };
          },
        },
      },
    });
    return () => client.acquireTokenByClientCredential({ scopes: ['https://api.example/.default'] });
  },

  'google-auth-library'(tokenUrl) {
    const endpoints = { oauth2TokenUrl: tokenUrl };
    const client = new GoogleClient({ clientId: 'client', clientSecret: 'secret', endpoints });
    client.setCredentials({ refresh_token: 'refresh' });
    return () => client.getAccessToken();
  },

  '@badgateway/oauth2-client'(tokenUrl) {
    const client = new BadgatewayClient({ clientId: 'client', clientSecret: 'secret', tokenEndpoint: tokenUrl });
    const tokens = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials(), scheduleRefresh: false });
    return () => tokens.getAccessToken();
  },

  '@smithy/property-provider memoize'(tokenUrl) {
    const now = (): number => Date.now();
    return memoize(
      async () => {
        const { access_token, expires_in } = await askForToken(tokenUrl);
        return { token: access_token, expiration: now() + expires_in * 1_000 };
      },
      ({ expiration }) => expiration - now() < 60_000,
      () => true,
    );
  },

  'simple-oauth2'(tokenUrl) {
    const { origin, pathname } = new URL(tokenUrl);
    const client = new ClientCredentials({
      client: { id: 'client', secret: 'secret' },
      auth: { tokenHost: origin, tokenPath: pathname },
    });
    let token: Awaited<ReturnType<typeof client.getToken>> | undefined;
    return async () => {
      if (token === undefined || token.expired(60)) token = await client.getToken({});
      return token.token['access_token'];
    };
  },

  'axios-token-interceptor'(tokenUrl) {
    return axiosTokens.tokenCache(() => askForToken(tokenUrl), {
      getMaxAge: ({ expires_in }: { expires_in: number }) => (expires_in - 60) * 1_000,
    });
  },

  'async-cache-dedupe'(tokenUrl) {
    const cache = createCache({ ttl: 3_540, storage: { type: 'memory' } }).define('token', () => askForToken(tokenUrl));
    return () => cache.token();
  },
};
