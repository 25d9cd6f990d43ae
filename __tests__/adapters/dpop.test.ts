import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import got from 'got';
import ky from 'ky';
import createClient from 'openapi-fetch';
import * as undici from 'undici';
import * as undici8 from 'undici-8';
import { attachBearer } from '../../src/adapters/axios.ts';
import { bearerFetch } from '../../src/adapters/fetch.ts';
import { bearerHooks } from '../../src/adapters/got.ts';
import { bearerHooks as bearerHooksOfKy } from '../../src/adapters/ky.ts';
import { bearerHeaders } from '../../src/adapters/node-http.ts';
import { bearerMiddleware } from '../../src/adapters/openapi-fetch.ts';
import { bearerInterceptor } from '../../src/adapters/undici.ts';
import { dpop, TokenProvider, type TokenSource } from '../../src/index.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { DpopResource } from '../servers/dpop-resource.ts';

let issuer: CertifiedServer;
let resource: DpopResource;
beforeAll(async () => {
  const clients = [{ client_id: 'bound', client_secret: 'bound-secret', dpop_bound_access_tokens: true }];
  issuer = await CertifiedServer.start({ clients, wantsNonce: true });
  resource = await DpopResource.start(issuer);
});
afterAll(async () => {
  await Promise.all([issuer.close(), resource.server.close()]);
});

type Call = (url: string, method: string) => Promise<number>;

const clients: Readonly<Record<string, (source: TokenSource, origins: string) => Call>> = {
  fetch(source, origins) {
    const call = bearerFetch(source, { origins });
    return async (url, method) => {
      const response = await call(url, { method });
      await response.arrayBuffer();
      return response.status;
    };
  },
  'undici 7': (source, origins) => undiciCall(undici, source, origins),
  'undici 8': (source, origins) => undiciCall(undici8 as unknown as typeof undici, source, origins),
  'node:http'(source, origins) {
    const bearer = bearerHeaders(source, { origins });
    return async (url, method) => {
      let headers = await bearer(url, { method });
      for (;;) {
        const [response] = (await once(request(url, { method, headers }).end(), 'response')) as [IncomingMessage];
        response.resume();
        const again = await bearer.again(headers, response);
        if (again === undefined) return response.statusCode ?? 0;
        headers = again;
      }
    };
  },
  got(source, origins) {
    const api = got.extend(bearerHooks(source, { origins }), { throwHttpErrors: false, retry: { limit: 0 } });
    return async (url, method) => (await api(url, { method: method as 'GET' })).statusCode;
  },
  axios(source, origins) {
    const api = axios.create({ validateStatus: () => true });
    attachBearer(api, source, { origins });
    return async (url, method) => (await api.request({ url, method })).status;
  },
  ky(source, origins) {
    const api = ky.extend({ throwHttpErrors: false }).extend(bearerHooksOfKy(source, { origins }));
    return async (url, method) => (await api(url, { method })).status;
  },
  'openapi-fetch'(source, origins) {
    const api = createClient<Record<string, object>>();
    api.use(bearerMiddleware(source, { origins }));
    return async (url, method) =>
      (await api.request(method as 'get', url as never, { parseAs: 'text' } as never)).response.status;
  },
};

function undiciCall({ Agent, request }: typeof undici, source: TokenSource, origins: string): Call {
  const dispatcher = new Agent({ keepAliveTimeout: 1 }).compose(bearerInterceptor(source, { origins }));
  return async (url, method) => {
    const { statusCode, body } = await request(url, { dispatcher, method });
    await body.dump();
    return statusCode;
  };
}

describe.each(Object.keys(clients))('a token that is bound to a key, through %s', (name) => {
  it('comes with a proof of its own for each request, and with the nonces of both servers', async () => {
    await using provider = new TokenProvider({
      tokenUrl: issuer.tokenUrl,
      clientId: 'bound',
      clientSecret: 'bound-secret',
      dpop: dpop({ required: true }),
    });
    const invalidated: string[] = [];
    provider.on(({ type }) => void (type === 'invalidated' && invalidated.push(type)));
    const call = clients[name]?.(provider, resource.server.origin) as Call;
    const before = resource.problems.length;
    resource.nonce = `${name}-1`;

    expect(await call(`${resource.server.origin}/things?page=1`, 'GET')).toBe(200);
    expect(await call(`${resource.server.origin}/things?page=2`, 'POST')).toBe(200);
    resource.nonce = `${name}-2`; // every answer tells the next one, but this one no answer has told
    expect(await call(`${resource.server.origin}/things`, 'DELETE')).toBe(200);
    expect(await call(`${resource.server.origin}/things`, 'PUT')).toBe(200);

    resource.nonce = `${name}-3`; // many at once, of which each lacks the nonce that the first to fail has learnt
    const burst = Array.from({ length: 5 }, () =>
      call(`${resource.server.origin}/things`, name === 'fetch' ? 'post' : 'POST'),
    );
    expect(await Promise.all(burst)).toEqual([200, 200, 200, 200, 200]);
    const bursts = resource.problems.splice(before + 6);
    expect(bursts.filter((problem) => problem === undefined)).toHaveLength(5);
    expect(bursts.every((problem) => problem === undefined || problem === 'use_dpop_nonce')).toBe(true);

    const wanted = 'use_dpop_nonce';
    expect(resource.problems.slice(before)).toEqual([wanted, undefined, undefined, wanted, undefined, undefined]);
    expect(invalidated).toEqual([]); // a missing nonce is no fault of the token
  });

  it('that is revoked is renewed, bound to the same key, and the request sent again once', async () => {
    await using provider = new TokenProvider({
      tokenUrl: issuer.tokenUrl,
      revocationUrl: `${issuer.tokenUrl}/revocation`,
      clientId: 'bound',
      clientSecret: 'bound-secret',
      dpop: dpop(),
    });
    const call = clients[name]?.(provider, resource.server.origin) as Call;
    expect(await call(`${resource.server.origin}/things`, 'GET')).toBe(200);
    const revoked = await provider.getToken();
    await revokeElsewhere(revoked.value);
    const before = resource.problems.length;
    expect(await call(`${resource.server.origin}/things`, 'GET')).toBe(200);
    expect(resource.problems.slice(before)).toEqual(['invalid_token', undefined]);
    expect((await provider.getToken()).id).not.toBe(revoked.id);
  });
});

/** The server drops the token without the provider's knowing. */
async function revokeElsewhere(token: string): Promise<void> {
  const response = await fetch(`${issuer.tokenUrl}/revocation`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('bound:bound-secret')}` },
    body: new URLSearchParams({ token }),
  });
  expect(response.status).toBe(200);
}
