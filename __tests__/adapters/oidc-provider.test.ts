import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import got from 'got';
import { clientSecretBasic } from '../../src/protocol/client-authentication.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { ApiServer } from '../servers/api-server.ts';
import { OidcServer } from '../servers/oidc-server.ts';
import { tokenflightErrorIn } from './contract/errors.ts';
import type { MakeClient } from './contract/host.ts';
import { fetchClients } from './fetch-client.ts';
import { gotClients } from './got-client.ts';
import { useRealSockets } from './real-sockets.ts';

const adapters: readonly (readonly [string, MakeClient])[] = [
  ['fetch', fetchClients()],
  ['got', gotClients(got)],
];

describe.each(adapters)(
  '%s, with a real authorization server and an API that asks it about every token:',
  (_, make) => {
    let oidc: OidcServer;
    let api: ApiServer;
    let provider: TokenProvider;
    let open: TokenProvider[];

    useRealSockets();

    beforeEach(async () => {
      [oidc, api] = await Promise.all([OidcServer.start(), ApiServer.start()]);
      api.accepts = (token) => oidc.isActive(token);
      open = [];
      provider = providerWith(oidc.clientSecret);
    });

    afterEach(async () => {
      await Promise.all([...open, oidc, api].map((closable) => closable.close()));
    });

    const providerWith = (secret: string): TokenProvider => {
      const clientAuthentication = clientSecretBasic(oidc.clientId, secret);
      const made = new TokenProvider({ tokenUrl: oidc.tokenUrl, clientAuthentication, scope: 'api:read' });
      open.push(made);
      return made;
    };

    test('calls get through with one token', async () => {
      const client = make({ source: provider, options: { origins: api.origin } });
      for (let call = 0; call < 3; call++) expect((await client.send({ url: api.origin })).status).toBe(200);
      expect(new Set(api.tokens).size).toBe(1);
      expect(oidc.tokenRequests).toBe(1);
      expect((await provider.getToken()).scope).toBe('api:read');
    });

    test('a revoked token is replaced without the caller noticing', async () => {
      const client = make({ source: provider, options: { origins: api.origin } });
      expect((await client.send({ url: api.origin })).status).toBe(200);
      await oidc.revoke((await provider.getToken()).value);
      const call = { url: `${api.origin}/orders`, body: { json: { n: 1 } } };
      expect(await client.send(call)).toEqual({ status: 200, text: 'welcome' });
      expect(api.requests.slice(1).map(({ body }) => body.toString())).toEqual(['{"n":1}', '{"n":1}']);
      expect(oidc.tokenRequests).toBe(2);
    });

    test('a revoked token met by 20 calls at once is replaced once', async () => {
      const client = make({ source: provider, options: { origins: api.origin } });
      await oidc.revoke((await provider.getToken()).value);
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.send({ url: api.origin })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
      expect(oidc.tokenRequests).toBe(2);
    });

    test('two scopes have a token each, and one can be revoked without the other', async () => {
      const reading = make({ source: provider, options: { origins: api.origin } });
      const writing = make({ source: provider, options: { origins: api.origin, request: { scope: 'api:write' } } });
      await Promise.all([reading.send({ url: api.origin }), writing.send({ url: api.origin })]);
      await oidc.revoke((await provider.getToken({ scope: 'api:write' })).value);
      const answers = await Promise.all([reading.send({ url: api.origin }), writing.send({ url: api.origin })]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(oidc.tokenRequests).toBe(3);
      expect(new Set(api.tokens).size).toBe(3);
    });

    test('a wrong secret is told as the server told it, and nothing is sent', async () => {
      const client = make({ source: providerWith('wrong'), options: { origins: api.origin } });
      const error = await client.send({ url: api.origin }).catch((thrown: unknown) => thrown);
      expect(tokenflightErrorIn(error)).toMatchObject({
        code: 'ERR_TOKENFLIGHT_REQUEST_REJECTED',
        error: 'invalid_client',
      });
      expect(api.requests).toHaveLength(0);
    });
  },
);
