import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KyInstance, Options } from 'ky';
import { bearerHooks } from '../../src/adapters/ky.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { ApiServer } from '../servers/api-server.ts';
import { TokenServer } from '../servers/token-server.ts';
import { failureOf, printed, tokenflightErrorIn } from './contract/errors.ts';
import { streamedBody } from './fetch-client.ts';
import { useRealSockets } from './real-sockets.ts';

/**
 * What the adapter does beyond the contract of all adapters; for each major of ky. Registers the tests.
 *
 * @param refusesForeignFetch a call cannot bring a fetch of its own, which the adapter cannot reach
 */
export function kyBehaviour(
  name: string,
  ky: KyInstance,
  { refusesForeignFetch = false }: { readonly refusesForeignFetch?: boolean } = {},
): void {
  describe(`${name}:`, () => {
    let tokens: TokenServer;
    let api: ApiServer;
    let other: ApiServer;
    let provider: TokenProvider;

    useRealSockets();

    beforeEach(async () => {
      [tokens, api, other] = await Promise.all([TokenServer.start(), ApiServer.start(), ApiServer.start()]);
      provider = new TokenProvider({
        tokenUrl: tokens.url,
        clientId: 'client',
        clientSecret: 'secret',
        retry: { retries: 0 },
        forcedRefreshIntervalMs: 0, // so that nothing but the adapter bounds the attempts
      });
    });

    afterEach(async () => {
      await provider.close();
      await Promise.all([tokens, api, other].map((server) => server.close()));
    });

    const client = (...further: Options[]): KyInstance => {
      const bare = ky
        .extend({ retry: { limit: 0, delay: () => 0 } })
        .extend(bearerHooks(provider, { origins: api.origin }));
      return further.reduce((instance, options) => instance.extend(options), bare);
    };

    /** Rejects `token-1`, which every client has from here on. */
    const rejectFirstToken = async (): Promise<void> => {
      await provider.getToken();
      api.rejected.add('token-1');
    };

    test('one call has one replay, however often ky repeats it', async () => {
      api.accepts = () => false;
      const call = client({ retry: { limit: 2, statusCodes: [401] } });
      expect(await failureOf(call(api.origin))).toMatchObject({ name: 'HTTPError', response: { status: 401 } });
      expect(api.requests).toHaveLength(4);
    });

    test('a request says where it comes from as the caller has it, the second time too', async () => {
      await rejectFirstToken();
      const seen: Request[] = [];
      const below: typeof fetch = (input, init) => {
        seen.push(input as Request);
        return fetch(input, init);
      };
      const over = ky.create({ fetch: below }).extend(bearerHooks(provider, { origins: api.origin }));
      const fields = { referrer: '', referrerPolicy: 'no-referrer' } as const;
      expect((await over(api.origin, fields)).status).toBe(200);
      expect(seen).toMatchObject([fields, fields]);
    });

    test('each repetition has whatever token is good by then', async () => {
      const statuses = [503, 503];
      api.on('/flaky', async ({ answer }) => {
        await provider.invalidate(await provider.getToken());
        answer(statuses.shift() ?? 200);
      });
      await client({ retry: { limit: 2 } })(`${api.origin}/flaky`);
      expect(api.tokens).toEqual(['token-1', 'token-2', 'token-3']);
    });

    test.each([
      ['a text', () => ({ body: 'text' }), 'text', 200],
      ['JSON', () => ({ json: { n: 1 } }), '{"n":1}', 200],
      ['a stream', () => streamedBody('a', 'b') as Options, 'ab', 401],
    ])('a 401 to %s, also where ky keeps no copy', async (_, optionsOf, text, status) => {
      await rejectFirstToken();
      const { status: answered } = await client({ throwHttpErrors: false }).post(api.origin, optionsOf());
      expect(answered).toBe(status);
      expect(api.requests.map(({ body }) => body.toString())).toEqual(Array(status === 200 ? 2 : 1).fill(text));
    });

    test('a Request is sent again as it was', async () => {
      await rejectFirstToken();
      const request = new Request(api.origin, { method: 'PUT', headers: { 'x-mine': 'a' }, body: 'text' });
      expect((await client()(request)).status).toBe(200);
      for (const { method, headers, body } of api.requests) {
        expect({ method, mine: headers['x-mine'], body: body.toString() }).toEqual({
          method: 'PUT',
          mine: 'a',
          body: 'text',
        });
      }
      expect(api.tokens).toEqual(['token-1', 'token-2']);
    });

    test('neither hooks nor errors see the token, nor can a hook take it elsewhere', async () => {
      api.on('/down', ({ answer }) => answer(503));
      other.on('/up', ({ answer }) => answer(200, 'public'));
      const seen: unknown[] = [];
      const failOver = client({
        retry: { limit: 1 },
        hooks: {
          beforeRetry: [
            ({ request }) => {
              seen.push(request.headers.get('authorization'));
              return new Request(`${other.origin}/up`, { headers: request.headers });
            },
          ],
        },
      });
      const error = await failureOf(failOver(`${api.origin}/down`));
      expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
      expect(seen).toEqual([null]);
      expect(other.requests).toHaveLength(0);
      const refused = await failureOf(client()(`${api.origin}/down`));
      expect(api.tokens).toEqual(['token-1', 'token-1']);
      expect(printed(refused, true)).not.toContain('token-1');
    });

    test('the time that ky allows includes the wait for a token', async () => {
      tokens.gate.shut();
      expect(await failureOf(client({ timeout: 20 })(api.origin))).toMatchObject({ name: 'TimeoutError' });
      tokens.gate.open();
      expect(api.requests).toHaveLength(0);
    });

    test('an error of the token source is not retried', async () => {
      const call = client({ retry: { limit: 2 } });
      const error = await failureOf(call(other.origin));
      expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
    });

    test('a fetch that ky was given before is called', async () => {
      await rejectFirstToken();
      const seen: (string | null)[] = [];
      const below: Options['fetch'] = (input, init) => {
        seen.push((input as Request).headers.get('authorization'));
        return fetch(input, init);
      };
      const call = ky.create({ fetch: below }).extend(bearerHooks(provider, { origins: api.origin }));
      expect(await call(api.origin).text()).toBe('welcome');
      expect(seen).toEqual(['Bearer token-1', 'Bearer token-2']);
    });

    test('a fetch that a single call brings sends nothing without a token', async () => {
      const own: Options['fetch'] = (input, init) => fetch(input, init);
      const outcome = client()(api.origin, { fetch: own }).text();
      if (refusesForeignFetch) {
        expect(await failureOf(outcome)).toMatchObject({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option: 'fetch' });
        expect(api.requests).toHaveLength(0);
      } else {
        expect(await outcome).toBe('welcome');
        expect(api.tokens).toEqual(['token-1']);
      }
    });
  });
}
