import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AxiosError, AxiosInstance, AxiosRequestConfig, AxiosStatic } from 'axios';
import { attachBearer } from '../../src/adapters/axios.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import type { BearerOptions } from '../../src/resource/authoriser.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import { ApiServer } from '../servers/api-server.ts';
import { selfSignedCertificate } from '../servers/self-signed.ts';
import { TokenServer } from '../servers/token-server.ts';
import { retryOn } from './axios-client.ts';
import { failureOf, tokenflightErrorIn } from './contract/errors.ts';
import { useRealSockets } from './real-sockets.ts';

/**
 * What the adapter does beyond the contract of all adapters; for each major of axios. Registers the tests.
 *
 * @param defaults of every instance
 * @param followsByItself its redirects are followed by `fetch`, which tells nobody of them
 */
export function axiosBehaviour(
  name: string,
  axios: AxiosStatic,
  defaults: AxiosRequestConfig = {},
  { followsByItself = false }: { readonly followsByItself?: boolean } = {},
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
      const forcedRefreshIntervalMs = 0; // so that nothing but the adapter bounds the attempts
      provider = new TokenProvider({
        tokenUrl: tokens.url,
        clientId: 'client',
        clientSecret: 'secret',
        retry,
        forcedRefreshIntervalMs,
      });
      events = [];
      provider.on((event) => events.push(event));
    });

    afterEach(async () => {
      await provider.close();
      await Promise.all([tokens, api, other].map((server) => server.close()));
    });

    const client = (config: AxiosRequestConfig = {}, options: Partial<BearerOptions> = {}): AxiosInstance => {
      const instance = axios.create({ ...(defaults as object), ...(config as object) });
      attachBearer(instance, provider, { origins: api.origin, ...options });
      return instance;
    };

    /** Rejects `token-1`, which every client has from here on. */
    const rejectFirstToken = async (): Promise<void> => {
      await provider.getToken();
      api.rejected.add('token-1');
    };

    const errorOf = async (call: Promise<unknown>): Promise<AxiosError> => (await failureOf(call)) as AxiosError;

    describe('the address', () => {
      test('is made of baseURL and params, as axios makes it', async () => {
        await client({ baseURL: `${api.origin}/v2/` }).get('/users', { params: { q: 'a b', list: [1, 2] } });
        const plain = axios.create({
          ...(defaults as object),
          baseURL: `${api.origin}/v2/`,
          validateStatus: () => true,
        });
        await plain.get('/users', { params: { q: 'a b', list: [1, 2] } });
        const [ours, theirs] = api.requests;
        expect(ours).toMatchObject({ token: 'token-1', path: theirs?.path });
      });

      test('that is absolute is not vouched for by baseURL', async () => {
        const error = await failureOf(client({ baseURL: api.origin }).get(`${other.origin}/users`));
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(other.requests).toHaveLength(0);
      });

      test('counts as the interceptors of the caller leave it, before or after ours', async () => {
        const instance = client();
        const turn = (config: { url?: string }): never =>
          Object.assign(config, { url: `${other.origin}/turned` }) as never;
        instance.interceptors.request.use(turn);
        const behind = axios.create(defaults as object);
        behind.interceptors.request.use(turn);
        attachBearer(behind, provider, { origins: api.origin });
        for (const turned of [instance, behind]) {
          const error = await failureOf(turned.get(`${api.origin}/straight`));
          expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        }
        expect(other.requests).toHaveLength(0);
      });

      test('with credentials of the caller, in it or as auth, gets no token', async () => {
        const auth = { username: 'user', password: 'word' };
        const statuses = { validateStatus: () => true };
        await client(statuses).get(api.origin, { auth });
        await client(statuses).get(api.origin.replace('//', '//user:word@'));
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Basic dXNlcjp3b3Jk'],
          ['Basic dXNlcjp3b3Jk'],
        ]);
        expect(tokens.requests).toHaveLength(0);
      });
    });

    describe('an interceptor of the caller that puts an adapter in place', () => {
      const put = (adapter: AxiosRequestConfig['adapter'], isCopy: boolean) => (config: object) =>
        (isCopy ? { ...config, adapter } : Object.assign(config, { adapter })) as never;

      test.each([
        ['before ours', true, false],
        ['before ours, in a copy of the config', true, true],
        ['after ours', false, false],
      ])('%s has no request sent without a token, nor elsewhere', async (_, isBefore, isCopy) => {
        const plain = axios.create(defaults as object);
        const adapter: AxiosRequestConfig['adapter'] = (config) =>
          plain.request({ ...config, adapter: undefined } as never);
        const instance = axios.create(defaults as object);
        if (isBefore) instance.interceptors.request.use(put(adapter, isCopy));
        const eject = attachBearer(instance, provider, { origins: api.origin });
        if (!isBefore) instance.interceptors.request.use(put(adapter, isCopy));
        await instance.get(api.origin);
        expect(api.tokens).toEqual(['token-1']);
        const error = await failureOf(instance.get(other.origin));
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(other.requests).toHaveLength(0);
        eject();
        await errorOf(instance.get(other.origin));
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });
    });

    test('an adapter may name the headers of its answers as the server wrote them', async () => {
      const headers = { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' };
      const adapter = async (config: object): Promise<never> =>
        ({ status: 401, statusText: '', headers, config, data: '' }) as never;
      expect((await client({ adapter }).get(api.origin)).status).toBe(401);
      expect(events.filter(({ type }) => type === 'invalidated')).toEqual([]);
    });

    describe('the repetition after a 401', () => {
      test.each([
        ['that axios makes an error', undefined],
        ['that axios accepts', () => true],
      ])('%s goes with the same data, made once', async (_, validateStatus) => {
        await rejectFirstToken();
        api.on('/json', ({ received, answer }) => {
          answer(received.token === 'token-1' ? 401 : 200, '{"ok":true}', { 'content-type': 'application/json' });
        });
        let transformed = 0;
        const counting = (data: unknown): string => `${JSON.stringify(data)}${++transformed}`;
        const { data, status, config } = await client({ ...(validateStatus && { validateStatus }) }).post(
          `${api.origin}/json`,
          { n: 1 },
          { transformRequest: [counting], headers: { 'content-type': 'text/mine' } },
        );
        expect({ status, data }).toEqual({ status: 200, data: { ok: true } });
        expect(api.requests.map(({ body }) => body.toString())).toEqual(['{"n":1}1', '{"n":1}1']);
        expect(inspect(config, { depth: 9 })).not.toContain('token-');
      });

      test('is none after a stream, whose 401 the caller gets', async () => {
        await rejectFirstToken();
        const error = await errorOf(
          client().post(`${api.origin}/up`, Readable.from(['one', 'two']), { maxRedirects: 0 }),
        );
        expect(error.response?.status).toBe(401);
        expect(api.tokens).toEqual(['token-1']);
        expect(events).toContainEqual(expect.objectContaining({ type: 'replay-skipped', why: 'body-not-replayable' }));
      });

      test('hands an answer over as a stream', async () => {
        await rejectFirstToken();
        const { data } = await client().get(api.origin, { responseType: 'stream' });
        const chunks: Uint8Array[] = [];
        for await (const chunk of data) chunks.push(chunk);
        expect(Buffer.concat(chunks).toString()).toBe('welcome');
        expect(api.tokens).toEqual(['token-1', 'token-2']);
      });

      test.each([
        ['before', true],
        ['after', false],
      ])('is made once with axios-retry that was put on %s ours', async (_, isBefore) => {
        api.accepts = () => false;
        const instance = axios.create(defaults as object);
        if (isBefore) retryOn(instance, 3, [401]);
        attachBearer(instance, provider, { origins: api.origin });
        if (!isBefore) retryOn(instance, 3, [401]);
        const error = await errorOf(instance.get(`${api.origin}/never`));
        expect(error.response?.status).toBe(401);
        // One replay, and then the three repetitions of axios-retry, each with whatever token is current then.
        expect(api.requests).toHaveLength(5);
      });

      test('is made by one of two that were attached to the same instance', async () => {
        api.accepts = () => false;
        const instance = client();
        attachBearer(instance, provider, { origins: api.origin });
        await errorOf(instance.get(`${api.origin}/never`));
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Bearer token-1'],
          ['Bearer token-2'],
        ]);
      });
    });

    test('what axios-retry repeats is parsed, and has a good token', async () => {
      const statuses = [503, 401, 200];
      api.on('/flaky', ({ answer }) => {
        answer(statuses.shift() ?? 500, '{"ok":true}', { 'content-type': 'application/json' });
      });
      const instance = client();
      retryOn(instance, 1, [503]);
      expect((await instance.post(`${api.origin}/flaky`, { n: 1 })).data).toEqual({ ok: true });
      expect(api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
      expect(api.requests.map(({ body }) => body.toString())).toEqual(Array(3).fill('{"n":1}'));
    });

    describe('an end of the wait for a token', () => {
      test.each(['cold', 'after a 401'])('by a CancelToken is that one’s CanceledError: %s', async (when) => {
        if (when !== 'cold') await rejectFirstToken();
        const before = tokens.requests.length;
        tokens.gate.shut();
        const { token: cancelToken, cancel } = axios.CancelToken.source();
        const failure = errorOf(client().get(`${api.origin}/cancelled`, { cancelToken }));
        await tokens.reached(before + 1);
        cancel('changed my mind');
        const error = await failure;
        expect(axios.isCancel(error)).toBe(true);
        expect(error.message).toBe('changed my mind');
        tokens.gate.open();
        expect(api.requests).toHaveLength(when === 'cold' ? 0 : 1);
      });

      test('by a signal is a CanceledError', async () => {
        tokens.gate.shut();
        const controller = new AbortController();
        const failure = errorOf(client({ timeout: 60_000 }).get(api.origin, { signal: controller.signal }));
        await tokens.reached(1);
        controller.abort();
        expect(axios.isCancel(await failure)).toBe(true);
        tokens.gate.open();
        expect(api.requests).toHaveLength(0);
      });

      test.each([
        [{}, { code: 'ECONNABORTED', message: 'timeout of 20ms exceeded' }],
        [
          { timeoutErrorMessage: 'too slow', transitional: { clarifyTimeoutError: true } },
          { code: 'ETIMEDOUT', message: 'too slow' },
        ],
      ])('by the timeout is axios’s own error about that: %j', async (config, expected) => {
        tokens.gate.shut();
        const error = await errorOf(client({ ...(config as object), timeout: 20 }).get(`${api.origin}/slow`));
        expect(error).toMatchObject({ isAxiosError: true, ...expected, config: { url: `${api.origin}/slow` } });
        tokens.gate.open();
        expect(api.requests).toHaveLength(0);
      });
    });

    test('an error that many callers share does not grow with each of them', async () => {
      tokens.answerNext({ status: 400, body: { error: 'invalid_client' } }, { status: 400, body: {} });
      const instance = client();
      const [one, two] = [() => failureOf(instance.get(api.origin)), () => failureOf(instance.post(api.origin))];
      const first = (await one()) as Error;
      const { stack } = first;
      for (let call = 0; call < 3; call++) {
        for (const failure of [await one(), await two()]) expect((failure as Error).stack).toBe(stack);
      }
      expect(tokens.requests.length).toBeLessThanOrEqual(2);
    });

    test('an answer and an error show no token, and still lead to their request', async () => {
      api.on('/no', ({ answer }) => answer(403, 'no'));
      const instance = client();
      const response = await instance.get(api.origin);
      const error = await errorOf(instance.get(`${api.origin}/no`));
      expect(api.tokens).toEqual(['token-1', 'token-1']);
      for (const shown of [response, error, error.response]) {
        expect(inspect(shown, { depth: 20 })).not.toContain('token-1');
        expect(shown?.request).toBeDefined();
      }
      expect(JSON.stringify(error)).not.toContain('token-1');
    });

    test('takes it off again', async () => {
      const instance = axios.create({ ...(defaults as object), validateStatus: () => true });
      const eject = attachBearer(instance, provider, { origins: api.origin });
      await instance.get(api.origin);
      eject();
      await instance.get(api.origin);
      expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([['Bearer token-1'], []]);
    });

    if (!followsByItself) {
      describe('a redirect', () => {
        test('to http from https goes on without the token', async () => {
          const certificate = selfSignedCertificate();
          const secure = await ApiServer.start(certificate);
          secure.redirect('/down', `${other.origin}/end`);
          other.on('/end', ({ answer }) => answer(200, 'public'));
          const { Agent } = await import('node:https');
          const httpsAgent = new Agent({ ca: certificate.cert });
          const { data } = await client({ httpsAgent }, { origins: secure.origin }).get(`${secure.origin}/down`);
          httpsAgent.destroy();
          await secure.close();
          expect(data).toBe('public');
          expect(secure.tokens).toEqual(['token-1']);
          expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
        });

        test('to another port takes neither a token that is bound to a key along nor its proof', async () => {
          const dpop = { prove: async () => 'the-proof', remember: () => false };
          const fields = { value: 'bound', tokenType: 'DPoP', id: 'bound', expiresAtMs: Number.NaN, dpop };
          const source = { getToken: async () => new AccessToken(fields), invalidate: async () => false };
          const instance = axios.create(defaults as object);
          attachBearer(instance, source, { origins: api.origin });
          api.redirect('/start', `${other.origin}/end`);
          other.on('/end', ({ answer }) => answer(200, 'public'));
          await instance.get(`${api.origin}/start`);
          expect(api.requests[0]?.headers).toMatchObject({ authorization: 'DPoP bound', dpop: 'the-proof' });
          expect(other.requests).toHaveLength(1);
          for (const name of ['authorization', 'dpop']) expect(other.requests[0]?.headers).not.toHaveProperty(name);
        });

        test('is still the caller’s to judge, whose hook cannot take the token elsewhere', async () => {
          api.redirect('/start', '/middle');
          api.redirect('/middle', '/end');
          other.on('/end', ({ answer }) => answer(200, 'public'));
          const hops: string[] = [];
          const beforeRedirect = (hop: Record<string, unknown>): void => {
            hops.push(String(hop['path']));
            if (hop['path'] === '/end') Object.assign(hop, { port: other.port });
          };
          const { data } = await client().get(`${api.origin}/start`, { beforeRedirect });
          expect(data).toBe('public');
          expect(hops).toEqual(['/middle', '/end']);
          expect(api.tokens).toEqual(['token-1', 'token-1']);
          expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
        });

        test('that left the origin and came back to a 401 says nothing about the token', async () => {
          api.redirect('/start', `${other.origin}/over`);
          other.on('/over', ({ answer }) => answer(302, '', { location: `${api.origin}/end` }));
          expect((await errorOf(client().get(`${api.origin}/start`))).response?.status).toBe(401);
          expect(api.tokens).toEqual(['token-1', undefined]);
          expect(events.filter(({ type }) => type === 'invalidated')).toEqual([]);
        });
      });
    }
  });
}
