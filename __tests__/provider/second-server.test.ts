import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { password, refreshToken, TokenProvider, type TokenProviderOptions } from '../../src/index.ts';
import { MockServer } from '../servers/mock-server.ts';

let server: MockServer;
beforeAll(async () => {
  server = await MockServer.start();
});
afterAll(() => server.close());

const providerWith = (options: Partial<TokenProviderOptions> = {}): TokenProvider =>
  new TokenProvider({ issuer: server.issuer, clientId: 'app', clientSecret: 'secret', scope: 'read', ...options });

describe('an independent server', () => {
  it('gives a token to client credentials, found by discovery, good by its own keys', async () => {
    const provider = providerWith();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => provider.getToken()));
    expect(new Set(tokens.map(({ id }) => id)).size).toBe(1);
    const [token] = tokens;
    expect(token?.expiresAt.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
    const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    const { payload } = await jwtVerify(token?.value ?? '', keys, { issuer: server.issuer });
    expect(payload['scope']).toBe('read');
  });

  it('gives one to a password', async () => {
    const token = await providerWith({ grant: password('ann', 'her password') }).getToken();
    expect(decodeJwt(token.value).sub).toBe('ann');
  });

  it('gives one to a refresh token, with the next one', async () => {
    const kept: string[] = [];
    const grant = refreshToken({
      refreshToken: 'first',
      onRotate: (token) => {
        kept.push(token);
      },
    });
    const provider = providerWith({ grant });
    const token = await provider.getToken();
    await provider.getToken({ scope: 'write' });
    expect(token.response['refresh_token']).toBe(kept[0]);
    expect(kept).toHaveLength(2);
  });
});
