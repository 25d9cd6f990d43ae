import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import createClient, { type ClientOptions, type Middleware } from 'openapi-fetch';
import createClient16 from 'openapi-fetch-16';
import * as undici from 'undici';
import { bearerMiddleware } from '../../src/adapters/openapi-fetch.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { ApiServer } from '../servers/api-server.ts';
import { TokenServer } from '../servers/token-server.ts';
import { adapterContract } from './adapter-contract.ts';
import { openapiFetchClients, openapiFetchTraits } from './openapi-fetch-client.ts';
import { useRealSockets } from './real-sockets.ts';

interface Paths {
  '/things': {
    post: {
      requestBody: { content: { 'application/json': { n: number } } };
      responses: { 200: { content: { 'application/json': { ok: true } } } };
    };
  };
}

const versions = [
  ['openapi-fetch', createClient],
  ['openapi-fetch 0.16', createClient16 as typeof createClient],
] as const;

for (const [name, create] of versions) {
  adapterContract(name, openapiFetchClients(create), openapiFetchTraits);

  describe(`${name}:`, () => {
    let tokens: TokenServer;
    let api: ApiServer;
    let provider: TokenProvider;

    useRealSockets();

    beforeEach(async () => {
      [tokens, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);
      provider = new TokenProvider({ tokenUrl: tokens.url, clientId: 'client', clientSecret: 'secret' });
      await provider.getToken();
      api.rejected.add('token-1');
      api.on('/things', ({ received, answer }) => {
        answer(received.token === 'token-1' ? 401 : 200, '{"ok":true}', { 'content-type': 'application/json' });
      });
    });

    afterEach(async () => {
      await provider.close();
      await Promise.all([tokens.close(), api.close()]);
    });

    const bodies = (): readonly string[] => api.requests.map(({ body }) => body.toString());

    const post = async (options: ClientOptions, ...others: Middleware[]): Promise<unknown> => {
      const client = create<Paths>({ baseUrl: api.origin, ...options });
      client.use(bearerMiddleware(provider, { origins: api.origin }), ...others);
      const { data, response } = await client.POST('/things', { body: { n: 1 } });
      return data ?? response.status;
    };

    test('the replay goes through the fetch of the client, with what the client wrote onto its Request', async () => {
      const seen: unknown[] = [];
      const own = async (request: Request): Promise<Response> => {
        seen.push((request as { mine?: unknown }).mine);
        return fetch(request);
      };
      expect(await post({ fetch: own, ...({ mine: 1 } as object) })).toEqual({ ok: true });
      expect(seen).toHaveLength(2);
      expect(seen[0]).toBe(seen[1]);
      expect(bodies()).toEqual(['{"n":1}', '{"n":1}']);
    });

    test('the replay is a Request of the same class, and says where it comes from', async () => {
      class Mine extends Request {}
      const seen: Request[] = [];
      const own = async (request: Request): Promise<Response> => {
        seen.push(request);
        return fetch(request);
      };
      const fields = { referrer: '', referrerPolicy: 'no-referrer' } as const;
      expect(await post({ Request: Mine, fetch: own, ...fields })).toEqual({ ok: true });
      for (const request of seen) {
        expect(request).toBeInstanceOf(Mine);
        expect(request).toMatchObject(fields);
      }
    });

    test('the replay goes through the fetch of another package as well', async () => {
      const { Request, fetch } = undici as unknown as typeof globalThis;
      expect(await post({ Request, fetch })).toEqual({ ok: true });
      expect(bodies()).toEqual(['{"n":1}', '{"n":1}']);
    });

    test('a header that a middleware behind ours adds is there the second time as well', async () => {
      const statuses: number[] = [];
      const behind: Middleware = {
        onRequest: ({ request }) => request.headers.set('x-mine', 'a'),
        onResponse: ({ response }) => void statuses.push(response.status),
      };
      expect(await post({}, behind)).toEqual({ ok: true });
      expect(api.requests.map(({ headers }) => headers['x-mine'])).toEqual(['a', 'a']);
      expect(statuses).toEqual([401]);
    });

    test('a body that a middleware behind ours puts in place is not sent again', async () => {
      const behind: Middleware = {
        onRequest: ({ request }) => new Request(request, { body: '{"n":2}' }),
      };
      expect(await post({}, behind)).toBe(401);
      expect(bodies()).toEqual(['{"n":2}']);
      expect((await provider.getToken()).value).toBe('token-2');
    });

    test.each<[string, () => Promise<Response>]>([
      ['an answer', async () => new Response('{}', { status: 413 })],
      ['an error', () => Promise.reject(new Error('reset'))],
    ])('a streamed body is read no further by our copy after %s', async (_, end) => {
      let pulls = 0;
      const long = new ReadableStream({
        pull: (controller) => {
          if (++pulls === 1_000) controller.close();
          else controller.enqueue(new TextEncoder().encode('part'));
        },
      });
      const client = create<Paths>({ baseUrl: api.origin, fetch: end });
      const init = { body: long, duplex: 'half' } as RequestInit;
      client.use({ onRequest: ({ request }) => new Request(request, init) });
      client.use(bearerMiddleware(provider, { origins: api.origin }));
      await client.POST('/things', { body: { n: 1 } }).catch(() => {});
      const before = pulls;
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(pulls - before).toBeLessThan(5); // what the streams buffer ahead
    });

    test('an Authorization that a middleware behind ours puts in place is not ours to judge', async () => {
      const behind: Middleware = { onRequest: ({ request }) => request.headers.set('authorization', 'Basic bWluZQ==') };
      api.on('/things', ({ answer }) => answer(401));
      expect(await post({}, behind)).toBe(401);
      expect(api.requests).toHaveLength(1);
      expect((await provider.getToken()).value).toBe('token-1');
    });
  });
}
