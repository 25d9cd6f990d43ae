import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ExtendOptions, Got, RequestError, Response } from 'got';
import { bearerHooks } from '../../src/adapters/got.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import type { BearerOptions } from '../../src/resource/authoriser.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { ApiServer } from '../servers/api-server.ts';
import { Gate } from '../servers/gate.ts';
import { selfSignedCertificate } from '../servers/self-signed.ts';
import { TokenServer } from '../servers/token-server.ts';
import { printed, tokenflightErrorIn } from './contract/errors.ts';
import { useRealSockets } from './real-sockets.ts';

/**
 * What the adapter does beyond the contract of all adapters; for each major of got. Registers the tests.
 *
 * @param canCancel its promises have `cancel()`, which got 15 took away
 */
export function gotBehaviour(
  name: string,
  got: Got,
  { canCancel = false }: { readonly canCancel?: boolean } = {},
): void {
  describe(`${name}:`, () => {
    let tokens: TokenServer;
    let api: ApiServer;
    let other: ApiServer;
    let provider: TokenProvider;
    let events: TokenEvent[];

    useRealSockets();

    beforeEach(async () => {
      [tokens, api, other] = await Promise.all([TokenServer.start(), ApiServer.start(), ApiServer.start()]);
      const retry = { retries: 0 };
      provider = new TokenProvider({ tokenUrl: tokens.url, clientId: 'client', clientSecret: 'secret', retry });
      events = [];
      provider.on((event) => events.push(event));
    });

    afterEach(async () => {
      await provider.close();
      await Promise.all([tokens, api, other].map((server) => server.close()));
    });

    const hooks = (options: Partial<BearerOptions> = {}): ExtendOptions =>
      bearerHooks(provider, { origins: api.origin, ...options });

    const client = (...further: ExtendOptions[]): Got => got.extend({ retry: { limit: 0 } }, hooks(), ...further);

    /** Rejects `token-1`, which every client has from here on. */
    const rejectFirstToken = async (): Promise<void> => {
      await provider.getToken();
      api.rejected.add('token-1');
    };

    const failureOf = async (call: PromiseLike<unknown>): Promise<RequestError> =>
      call.then(
        () => {
          throw new Error('the call did not fail');
        },
        (error) => error as RequestError,
      );

    describe('a stream', () => {
      test('carries the token', async () => {
        expect(await text(client().stream(`${api.origin}/stream`))).toBe('welcome');
        expect(api.tokens).toEqual(['token-1']);
      });

      test('that is refused renews the token for the next request', async () => {
        await rejectFirstToken();
        const refused = client().stream(`${api.origin}/stream`);
        const [error] = await once(refused.resume(), 'error').catch((thrown) => [thrown]);
        expect(error).toMatchObject({ name: 'HTTPError', response: { statusCode: 401 } });
        expect(await text(client().stream(`${api.origin}/stream`))).toBe('welcome');
        expect(api.tokens).toEqual(['token-1', 'token-2']);
        expect(events).toContainEqual(expect.objectContaining({ type: 'replay-skipped', why: 'body-not-replayable' }));
      });

      test('that is refused is handed over where statuses are no errors, and renews the token as well', async () => {
        await rejectFirstToken();
        const refused = client().stream(`${api.origin}/stream`, { throwHttpErrors: false });
        expect(await text(refused)).toBe('who are you?');
        expect(await text(client().stream(`${api.origin}/stream`))).toBe('welcome');
        expect(api.tokens).toEqual(['token-1', 'token-2']);
      });

      test('that its user repeats carries the new token', async () => {
        await rejectFirstToken();
        const retry = { limit: 1, statusCodes: [401], calculateDelay: () => 1 };
        const first = client().stream(`${api.origin}/stream`, { retry });
        const repeated = new Promise<Readable>((resolve) => {
          first.once('retry', (_count: number, _error: unknown, repeat: () => Readable) => resolve(repeat()));
        });
        first.resume();
        expect(await text(await repeated)).toBe('welcome');
        expect(api.tokens).toEqual(['token-1', 'token-2']);
      });

      test('that follows a redirect elsewhere leaves the token behind', async () => {
        api.redirect('/start', `${other.origin}/end`);
        other.on('/end', ({ answer }) => answer(200, 'public'));
        expect(await text(client().stream(`${api.origin}/start`))).toBe('public');
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test('to a foreign origin is refused', async () => {
        const stream = client().stream(`${other.origin}/stream`);
        const [error] = await once(stream.resume(), 'error').catch((thrown) => [thrown]);
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(other.requests).toHaveLength(0);
      });

      test('sends what is written to it', async () => {
        const stream = client().stream.post(`${api.origin}/upload`);
        stream.end('written');
        expect(await text(stream)).toBe('welcome');
        expect(api.requests).toMatchObject([{ token: 'token-1', body: Buffer.from('written') }]);
      });
    });

    test('a cached token is there as soon as the hook returns', async () => {
      await provider.getToken();
      const request = { url: new URL(api.origin), method: 'GET', headers: {} as Record<string, string>, context: {} };
      const done = hooks().hooks?.beforeRequest?.[0]?.(request as never, { retryCount: 0 } as never);
      expect(request.headers).toEqual({ authorization: 'Bearer token-1' });
      await done;
    });

    describe('prefixUrl', () => {
      test('makes the address that counts', async () => {
        await client({ prefixUrl: `${api.origin}/v2` }).get('users/me');
        expect(api.requests).toMatchObject([{ path: '/v2/users/me', token: 'token-1' }]);
      });

      test('that an absolute address overrides does not vouch for it', async () => {
        const error = await failureOf(client({ prefixUrl: api.origin }).get(`${other.origin}/users/me`));
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(other.requests).toHaveLength(0);
      });

      test('is not left by an address without a scheme', async () => {
        await failureOf(client({ prefixUrl: `${api.origin}/v2/` }).get(`//127.0.0.1:${other.port}/users`)).catch(
          () => {},
        );
        expect(other.requests).toHaveLength(0);
      });
    });

    describe('the hooks of the caller', () => {
      test('before and after ours are run for the repetition as well', async () => {
        await rejectFirstToken();
        const seen: string[] = [];
        const noting = (where: string): ExtendOptions => ({
          hooks: {
            beforeRequest: [({ headers }) => void seen.push(`${where} sends ${headers['authorization']}`)],
            afterResponse: [
              (response) => {
                seen.push(`${where} receives ${response.statusCode}`);
                return response;
              },
            ],
          },
        });
        const call = got.extend(noting('outer'), { retry: { limit: 0 } }, hooks(), noting('inner')) as Got;
        expect((await call(`${api.origin}/hooked`)).statusCode).toBe(200);
        expect(seen).toEqual([
          'outer sends undefined',
          'inner sends Bearer token-1',
          'outer receives 401',
          'outer sends undefined',
          'inner sends Bearer token-2',
          'outer receives 200',
          'inner receives 200',
        ]);
      });

      test('may replace the Authorization, whose 401 is then theirs', async () => {
        const call = client({
          hooks: {
            beforeRequest: [
              ({ headers }) => {
                headers['authorization'] = 'Mine';
              },
            ],
          },
        });
        expect((await failureOf(call(`${api.origin}/mine`))).response?.statusCode).toBe(401);
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([['Mine']]);
        expect(events.filter(({ type }) => type === 'invalidated')).toEqual([]);
      });

      test('may change the address before ours is run, and the new one counts', async () => {
        const turn: ExtendOptions = {
          hooks: {
            beforeRequest: [
              (request) => {
                request.url = new URL(`${other.origin}/turned`);
              },
            ],
          },
        };
        const error = await failureOf(got.extend({ retry: { limit: 0 } }, turn, hooks())(`${api.origin}/straight`));
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(other.requests).toHaveLength(0);
      });

      describe('that change the address after it was checked', () => {
        const turning = (change: (url: URL) => URL): ExtendOptions => ({
          hooks: {
            beforeRequest: [
              (request) => {
                request.url = change(request.url as URL);
              },
            ],
          },
        });
        const toOther = turning(() => new URL(`${other.origin}/turned`));
        const refused = 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED';

        test.each([
          ['by another address', toOther],
          [
            'in place',
            turning((url) => {
              url.port = `${other.port}`;
              return url;
            }),
          ],
        ])('end the request before anything was sent: %s', async (_, turn) => {
          const call = client({ retry: { limit: 2 } }, turn);
          const error = await failureOf(call.put(`${api.origin}/straight`, { body: 'text' }));
          expect(tokenflightErrorIn(error)).toMatchObject({ code: refused, origin: other.origin });
          expect(printed(error, false)).not.toContain('token-1');
          await provider.getToken();
          expect([...api.requests, ...other.requests]).toEqual([]);
        });

        test('end a stream before anything was sent', async () => {
          const stream = client(toOther).stream(`${api.origin}/straight`);
          const [error] = await once(stream.resume(), 'error').catch((thrown) => [thrown]);
          expect(tokenflightErrorIn(error)?.code).toBe(refused);
          expect(other.requests).toHaveLength(0);
        });

        test('end a request over HTTP/2 before anything was sent', async () => {
          const certificate = selfSignedCertificate();
          const [secure, elsewhere] = await Promise.all([ApiServer.start(certificate), ApiServer.start(certificate)]);
          const call = got.extend(
            { http2: true, https: { certificateAuthority: certificate.cert } },
            hooks({ origins: secure.origin }),
            turning(() => new URL(`${elsewhere.origin}/turned`)),
          );
          const error = await failureOf(call.put(`${secure.origin}/straight`, { body: 'text' }));
          await Promise.all([secure.close(), elsewhere.close()]);
          expect(tokenflightErrorIn(error)?.code).toBe(refused);
          expect([...secure.requests, ...elsewhere.requests]).toEqual([]);
        });

        test('end the request where other origins pass as well', async () => {
          const call = got.extend({ retry: { limit: 0 } }, hooks({ otherOrigins: 'pass' }), toOther);
          expect(tokenflightErrorIn(await failureOf(call(`${api.origin}/straight`)))?.code).toBe(refused);
          expect(other.requests).toHaveLength(0);
        });

        test('may lead to another origin that is allowed', async () => {
          const call = got.extend({ retry: { limit: 0 } }, hooks({ origins: [api.origin, other.origin] }), toOther);
          expect(await call(`${api.origin}/straight`).text()).toBe('welcome');
          expect(other.tokens).toEqual(['token-1']);
        });

        test('may take the token off and go elsewhere', async () => {
          other.on('/turned', ({ answer }) => answer(200, 'public'));
          const plain: ExtendOptions = {
            hooks: { beforeRequest: [({ headers }) => void delete headers['authorization']] },
          };
          expect(await client(plain, toOther)(`${api.origin}/straight`).text()).toBe('public');
          expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
        });
      });

      test('that send a repetition elsewhere do not take the token along', async () => {
        api.on('/down', ({ answer }) => answer(503));
        other.on('/up', ({ answer }) => answer(200, 'public'));
        const failOver = client({
          retry: { limit: 1, calculateDelay: () => 1 },
          hooks: {
            beforeRetry: [
              ({ options }) => {
                options.url = new URL(`${other.origin}/up`);
              },
            ],
          },
        });
        expect(await failOver(`${api.origin}/down`).text()).toBe('public');
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test('that send a redirect elsewhere do not take the token along', async () => {
        api.redirect('/start', '/end');
        other.on('/turned', ({ answer }) => answer(200, 'public'));
        const turned = client({
          hooks: {
            beforeRedirect: [
              (options) => {
                options.url = new URL(`${other.origin}/turned`);
              },
            ],
          },
        });
        expect(await turned(`${api.origin}/start`).text()).toBe('public');
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test('find their own context in the options', async () => {
        const contexts: unknown[] = [];
        const call = client({ hooks: { beforeRequest: [({ context }) => void contexts.push({ ...context })] } });
        const context = { mine: 1 };
        await call(`${api.origin}/context`, { context });
        expect(contexts).toEqual([expect.objectContaining({ mine: 1 })]);
        expect(Reflect.ownKeys(context)).toEqual(['mine']);
      });
    });

    describe('the repetition after a 401', () => {
      test.each([
        ['forbid every repetition', () => 0],
        ['want a long pause', () => 3_600_000],
      ])('is none of got’s own, whose rules may %s', async (_, calculateDelay) => {
        await rejectFirstToken();
        const call = client({ retry: { limit: 2, calculateDelay } });
        expect((await call(`${api.origin}/again`)).statusCode).toBe(200);
      });

      test('goes with the shortcuts', async () => {
        await rejectFirstToken();
        api.on('/json', ({ received, answer }) => answer(received.token === 'token-2' ? 200 : 401, '{"ok":true}'));
        expect(
          await client()
            .post(`${api.origin}/json`, { json: { n: 1 } })
            .json(),
        ).toEqual({ ok: true });
        expect(api.requests.at(-1)?.body.toString()).toBe('{"n":1}');
      });

      test('is not made for a form whose type the caller wrote', async () => {
        await rejectFirstToken();
        const body = new FormData();
        body.set('name', 'value');
        const headers = { 'content-type': 'multipart/form-data; boundary=mine' };
        const error = await failureOf(client().post(`${api.origin}/form`, { body, headers }));
        expect(error.response?.statusCode).toBe(401);
        expect(api.requests).toHaveLength(1);
      });

      test('is made once also where the same hooks were given twice', async () => {
        api.accepts = () => false;
        const twice = hooks();
        const call = got.extend({ retry: { limit: 0 } }, twice).extend(twice);
        expect((await failureOf(call(`${api.origin}/never`))).response?.statusCode).toBe(401);
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Bearer token-1'],
          ['Bearer token-2'],
        ]);
      });

      test('is made on an instance that was extended further', async () => {
        await rejectFirstToken();
        const call = client()
          .extend({ headers: { 'x-one': '1' } })
          .extend({ prefixUrl: api.origin });
        await call('extended', { headers: { 'x-two': '2' } });
        expect(api.requests.at(-1)).toMatchObject({ token: 'token-2', headers: { 'x-one': '1', 'x-two': '2' } });
      });

      test('is made over HTTP/2', async () => {
        const certificate = selfSignedCertificate();
        const secure = await ApiServer.start(certificate);
        secure.rejected.add('token-1');
        secure.redirect('/down', `${other.origin}/end`);
        const call = got.extend(
          { http2: true, retry: { limit: 0 }, https: { certificateAuthority: certificate.cert } },
          hooks({ origins: secure.origin }),
        );
        const body = new FormData();
        body.set('name', 'value');
        const response = await call.post(`${secure.origin}/http2`, { body });
        const below = await failureOf(call(`${secure.origin}/down`));
        await secure.close();
        expect((response as Response & { httpVersion: string }).httpVersion).toBe('2.0');
        expect(secure.tokens).toEqual(['token-1', 'token-2', 'token-2']);
        expect(secure.requests[1]?.body.toString()).toContain('name="name"');
        // From https to http: another origin.
        expect(below.response?.statusCode).toBe(401);
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });
    });

    describe('pagination', () => {
      const pages = (): void => {
        api.on('/pages', ({ answer, received }) => {
          if (api.rejected.has(received.token ?? '')) answer(401);
          else answer(200, '["a"]', { link: `<${api.origin}/pages?2>; rel="next"` });
        });
        api.on('/pages?2', ({ answer, received }) => {
          if (api.rejected.has(received.token ?? '')) answer(401);
          else answer(200, '["b"]');
        });
      };

      test('sends the token for each page, and a new one when it is rejected on the way', async () => {
        pages();
        const items: string[] = [];
        for await (const item of client().paginate<string>(`${api.origin}/pages`)) {
          items.push(item);
          if (item === 'a') api.rejected.add('token-1');
        }
        expect(items).toEqual(['a', 'b']);
        expect(api.requests.map(({ path, token }) => [path, token])).toEqual([
          ['/pages', 'token-1'],
          ['/pages?2', 'token-1'],
          ['/pages?2', 'token-2'],
        ]);
      });

      test('made from the options of the page before sends a good token too', async () => {
        pages();
        const later: string[] = [];
        const pagination = {
          paginate: ({ response }: { response: Response<unknown> }) => {
            const { options } = response.request;
            if (later.length === 2) return false;
            api.rejected.add(`token-${later.length + 1}`);
            later.push(`${options.url}`);
            return options;
          },
        };
        // Each page's token is rejected as soon as it was used: each page but the first is repeated once.
        const unlimited = new TokenProvider({
          tokenUrl: tokens.url,
          clientId: 'client',
          clientSecret: 'secret',
          forcedRefreshIntervalMs: 0,
        });
        const call = got.extend({ retry: { limit: 0 } }, bearerHooks(unlimited, { origins: api.origin }));
        expect(await call.paginate.all(`${api.origin}/pages`, { pagination } as object)).toEqual(['a', 'a', 'a']);
        await unlimited.close();
        expect(api.tokens).toEqual(['token-1', 'token-1', 'token-2', 'token-2', 'token-3']);
      });

      test('that leads to a foreign origin is refused there', async () => {
        api.on('/pages', ({ answer }) => answer(200, '["a"]', { link: `<${other.origin}/pages?2>; rel="next"` }));
        const error = await failureOf(client().paginate.all(`${api.origin}/pages`));
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(other.requests).toHaveLength(0);
      });
    });

    describe('an end before the answer', () => {
      if (canCancel) {
        test('by promise.cancel() sends nothing', async () => {
          tokens.gate.shut();
          const call = client()(`${api.origin}/cancelled`) as ReturnType<Got> & { cancel(): void };
          const failure = failureOf(call);
          await tokens.reached(1);
          call.cancel();
          expect((await failure).name).toBe('CancelError');
          tokens.gate.open();
          await client()(`${api.origin}/next`);
          expect(api.requests.map(({ path }) => path)).toEqual(['/next']);
        });
      }

      test('by a signal that carries a reason keeps that reason', async () => {
        tokens.gate.shut();
        const controller = new AbortController();
        const failure = failureOf(client()(`${api.origin}/aborted`, { signal: controller.signal }));
        await tokens.reached(1);
        controller.abort(new Error('changed my mind'));
        expect((await failure).name).toBe('AbortError');
        tokens.gate.open();
        expect(api.requests).toHaveLength(0);
      });
    });

    describe('errors', () => {
      test('of got about its arguments stay what they are', async () => {
        const wrong = 123 as unknown as string;
        const plain = await failureOf(new Promise((resolve) => resolve(got(wrong))));
        const ours = await failureOf(new Promise((resolve) => resolve(client()(wrong))));
        expect(ours.message).toBe(plain.message);
        expect(ours.name).toBe(plain.name);
      });

      test('about a status do not show the token', async () => {
        api.on('/no', ({ answer }) => answer(403, 'no'));
        const error = await failureOf(client()(`${api.origin}/no`));
        expect(error.name).toBe('HTTPError');
        expect(api.tokens).toEqual(['token-1']);
        expect(printed(error, false)).not.toContain('token-1');
      });

      test('about an abort do not show the token', async () => {
        const controller = new AbortController();
        const gate = new Gate();
        gate.shut();
        api.on('/slow', async ({ answer }) => {
          await gate.pass();
          answer(200);
        });
        const failure = failureOf(client()(`${api.origin}/slow`, { signal: controller.signal }));
        await api.reached(1);
        controller.abort();
        const error = await failure;
        gate.open();
        expect(error.name).toBe('AbortError');
        expect(printed(error, false)).not.toContain('token-1');
      });

      test('thrown by a hook after ours do not show the token', async () => {
        const failing = client({
          hooks: {
            beforeRequest: [
              () => {
                throw new Error('mine');
              },
            ],
          },
        });
        const error = await failureOf(failing(`${api.origin}/hook`));
        expect(error.message).toBe('mine');
        expect(tokens.requests).toHaveLength(1);
        expect(printed(error, false)).not.toContain('token-1');
      });

      test('about a redirect elsewhere do not show the token', async () => {
        api.redirect('/start', `${other.origin}/end`);
        const error = await failureOf(client()(`${api.origin}/start`));
        expect(error.response?.statusCode).toBe(401);
        expect(printed(error, false)).not.toContain('token-1');
      });
    });
  });
}
