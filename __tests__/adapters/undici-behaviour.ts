import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { type BearerDispatchOptions, bearerInterceptor } from '../../src/adapters/undici.ts';
import { failureOf, tokenflightErrorIn } from './contract/errors.ts';
import { ContractRig } from './contract/rig.ts';
import { undiciClients } from './undici-client.ts';

type Options = Dispatcher.RequestOptions & BearerDispatchOptions;

/** What the contract of all adapters does not know: undici's own ways to send. */
export function undiciBehaviour(name: string, undici: typeof Undici, traits: { readonly tellsOrigin: boolean }): void {
  describe(`${name}:`, () => {
    const rig = new ContractRig(undiciClients(undici));
    const dispatchers: Dispatcher[] = [];
    let agent: Dispatcher;

    const composed = <T extends Dispatcher>(
      dispatcher: T,
      options: Partial<Parameters<typeof bearerInterceptor>[1]> = {},
      ...further: Dispatcher.DispatcherComposeInterceptor[]
    ): Dispatcher => {
      dispatchers.push(dispatcher);
      const bearer = bearerInterceptor(rig.provider, { origins: rig.api.origin, ...options });
      return dispatcher.compose(bearer, ...further);
    };
    const rejectFirstToken = async (): Promise<void> => {
      await rig.provider.getToken();
      rig.api.rejected.add('token-1');
    };

    beforeEach(() => {
      agent = composed(new undici.Agent());
    });
    afterEach(async () => {
      await Promise.allSettled(dispatchers.splice(0).map((dispatcher) => dispatcher.close()));
    });

    describe('each way to send carries the token, and gets past a 401', () => {
      const options = (path: string): Options => ({ origin: rig.api.origin, path, method: 'GET' });

      test.each(['cold', 'warm', 'rejected'])('stream: %s', async (state) => {
        if (state !== 'cold') await rig.provider.getToken();
        if (state === 'rejected') rig.api.rejected.add('token-1');
        const chunks: Buffer[] = [];
        await undici.stream(`${rig.api.origin}/stream`, { dispatcher: agent, method: 'GET' }, ({ statusCode }) => {
          expect(statusCode).toBe(200);
          return new Writable({ write: (chunk, _, done) => done(void chunks.push(chunk)) });
        });
        expect(Buffer.concat(chunks).toString()).toBe('welcome');
        expect(rig.api.tokens).toEqual(state === 'rejected' ? ['token-1', 'token-2'] : ['token-1']);
      });

      test.each(['cold', 'warm'])('pipeline: %s', async (state) => {
        if (state === 'warm') await rig.provider.getToken();
        const duplex = undici.pipeline(
          `${rig.api.origin}/pipe`,
          { dispatcher: agent, method: 'PUT' },
          ({ body }) => body,
        );
        duplex.end('piped');
        expect(await text(duplex)).toBe('welcome');
        expect(rig.api.requests).toMatchObject([{ method: 'PUT', token: 'token-1', body: Buffer.from('piped') }]);
      });

      test('pipeline: its 401 is handed back, since its body is a stream', async () => {
        await rejectFirstToken();
        const duplex = undici.pipeline(
          `${rig.api.origin}/pipe`,
          { dispatcher: agent, method: 'PUT' },
          ({ statusCode, body }) => {
            expect(statusCode).toBe(401);
            return body;
          },
        );
        duplex.end('piped');
        expect(await text(duplex)).toBe('who are you?');
        expect((await agent.request(options('/next'))).statusCode).toBe(200);
      });

      test.each(['Agent', 'Pool', 'Client', 'RetryAgent', 'BalancedPool'] as const)('%s', async (kind) => {
        const { origin } = rig.api;
        const bare =
          kind === 'RetryAgent' ? new undici.RetryAgent(new undici.Agent()) : new undici[kind](origin as never);
        const dispatcher = composed(bare, kind === 'BalancedPool' ? { dispatcherOrigin: origin } : {});
        expect(await (await dispatcher.request(options('/first'))).body.text()).toBe('welcome');
        rig.api.rejected.add('token-1');
        const answer = await dispatcher.request({ ...options('/second'), method: 'POST', body: 'text' });
        expect(await answer.body.text()).toBe('welcome');
        expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
      });

      test('a RetryAgent around it', async () => {
        const retrying = new undici.RetryAgent(agent, { minTimeout: 1, maxRetries: 2 });
        const statuses = [503, 401, 200];
        rig.api.on('/flaky', ({ answer }) => answer(statuses.shift() ?? 500, 'done'));
        const { statusCode, body } = await retrying.request(options('/flaky'));
        expect([statusCode, await body.text()]).toEqual([200, 'done']);
        expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
      });

      test('a retry that throws, of a 401 that it was told to repeat', async () => {
        rig.api.accepts = () => false;
        const retrying = new undici.RetryAgent(agent, {
          minTimeout: 1,
          timeoutFactor: 1,
          maxRetries: 2,
          statusCodes: [401],
        });
        const error = await failureOf(retrying.request(options('/never')));
        expect(error).toMatchObject({ code: 'UND_ERR_REQ_RETRY', statusCode: 401 });
        expect(rig.api.tokens).toEqual(['token-1', 'token-2', 'token-2', 'token-2']);
      });

      test('a MockAgent', async () => {
        const mock = new undici.MockAgent();
        mock.disableNetConnect();
        const dispatcher = composed(mock, { origins: 'https://api.example' });
        const pool = mock.get('https://api.example');
        const challenge = { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } };
        const intercept = (token: string) =>
          pool.intercept({
            path: '/things',
            method: 'POST',
            body: 'text',
            headers: { authorization: `Bearer ${token}` },
          });
        intercept('token-1').reply(401, 'who?', challenge);
        intercept('token-2').reply(200, 'welcome');
        intercept('token-2').reply(401, 'too little', {
          headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' },
        });
        const send = async (): Promise<readonly [number, string]> => {
          const { statusCode, body } = await dispatcher.request({
            origin: 'https://api.example',
            path: '/things',
            method: 'POST',
            body: 'text',
          });
          return [statusCode, await body.text()];
        };
        await expect(send()).resolves.toEqual([200, 'welcome']);
        await expect(send()).resolves.toEqual([401, 'too little']);
        mock.assertNoPendingInterceptors();
      });
    });

    describe('a Client or Pool whose requests do not name their origin', () => {
      const bare = { path: '/bare', method: 'GET' } as const;

      test(traits.tellsOrigin ? 'tells where it goes' : 'gets no token and sends nothing', async () => {
        for (const kind of ['Client', 'Pool'] as const) {
          const request = composed(new undici[kind](rig.api.origin)).request(bare as Options);
          if (traits.tellsOrigin) expect((await request).statusCode).toBe(200);
          else expect(tokenflightErrorIn(await failureOf(request))).toMatchObject({ option: 'dispatcherOrigin' });
        }
        expect(rig.api.requests).toHaveLength(traits.tellsOrigin ? 2 : 0);
      });

      test('may have it named by the option dispatcherOrigin', async () => {
        const client = new undici.Client(rig.api.origin);
        const dispatcher = composed(client, { dispatcherOrigin: new URL(rig.api.origin) });
        expect((await dispatcher.request(bare as Options)).statusCode).toBe(200);
        expect(rig.api.tokens).toEqual(['token-1']);
      });

      test('gets no token when it goes where none may', async () => {
        const { origin } = rig.other;
        const dispatcher = composed(new undici.Client(origin), traits.tellsOrigin ? {} : { dispatcherOrigin: origin });
        for (const options of [bare, { ...bare, origin: rig.api.origin }]) {
          const error = tokenflightErrorIn(await failureOf(dispatcher.request(options as Options)));
          expect(error?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        }
        expect(rig.other.requests).toHaveLength(0);
      });
    });

    describe('an address', () => {
      test('whose path looks like another host goes where its origin says', async () => {
        const path = `//127.0.0.1:${rig.other.port}/evil`;
        expect((await agent.request({ origin: new URL(rig.api.origin), path, method: 'GET' })).statusCode).toBe(200);
        expect(rig.api.requests).toMatchObject([{ path, token: 'token-1' }]);
      });

      test('is all that a function is asked for, not its origin alone', async () => {
        const dispatcher = composed(new undici.Agent(), { origins: ({ pathname }) => pathname === '/open' });
        const sent = (path: string) => dispatcher.request({ origin: rig.api.origin, path, method: 'GET' });
        expect((await sent('/open')).statusCode).toBe(200);
        const error = tokenflightErrorIn(await failureOf(sent('/closed')));
        expect(error?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(rig.api.requests).toMatchObject([{ path: '/open', token: 'token-1' }]);
      });

      test('is where its own origin leads, wherever the request before it went', async () => {
        const dispatcher = composed(new undici.Agent(), { otherOrigins: 'pass' });
        for (const { origin } of [rig.api, rig.other, rig.api]) {
          expect((await dispatcher.request({ origin, path: '/', method: 'GET' })).statusCode).toBeLessThan(500);
        }
        expect([rig.api.tokens, rig.other.tokens]).toEqual([['token-1', 'token-1'], [undefined]]);
      });

      test('with a query of its own keeps it', async () => {
        await agent.request({ origin: rig.api.origin, path: '/q', query: { a: 'ü' }, method: 'GET' });
        expect(rig.api.requests).toMatchObject([{ path: '/q?a=%C3%BC', token: 'token-1' }]);
      });

      test.each([
        ['another', (): string => rig.other.origin, 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED'],
        ['the same', (): string => rig.api.origin, undefined],
      ])('whose path is an absolute one, for a proxy, of %s origin', async (_, origin, code) => {
        const sent = agent.request({ origin: rig.api.origin, path: `${origin()}/far`, method: 'GET' });
        if (code) expect(tokenflightErrorIn(await failureOf(sent))?.code).toBe(code);
        else expect((await sent).statusCode).toBe(200);
        expect(rig.api.tokens).toEqual(code ? [] : ['token-1']);
      });

      test('whose path is of an allowed origin does not take the token to a proxy that is not allowed', async () => {
        const path = `${rig.api.origin}/far`;
        const error = await failureOf(agent.request({ origin: rig.other.origin, path, method: 'GET' }));
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(rig.other.requests).toHaveLength(0);
      });

      test.each(['things', '.evil.example/', '@evil.example/', ''])(
        'that undici refuses is for undici to refuse: %p',
        async (path) => {
          const error = await failureOf(agent.request({ origin: rig.api.origin, path, method: 'GET' }));
          expect(error).toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
          expect(rig.tokens.requests).toHaveLength(0);
        },
      );
    });

    describe('headers', () => {
      test.each<[string, NonNullable<Options['headers']>]>([
        ['an object', { 'x-mine': 'a', 'x-list': ['b', 'c'], 'x-not': undefined }],
        ['names and values by turns', ['x-mine', 'a', 'x-list', 'b', 'x-list', 'c']],
        [
          'Headers',
          new undici.Headers([
            ['x-mine', 'a'],
            ['x-list', 'b, c'],
          ]),
        ],
        [
          'a Map',
          new Map<string, string | string[]>([
            ['x-mine', 'a'],
            ['x-list', ['b', 'c']],
          ]),
        ],
        ['an object without authorization', { 'x-mine': 'a', 'x-list': 'b, c', authorization: undefined }],
      ])('may be %s, which stays as it is', async (_, headers) => {
        const before = JSON.stringify(headers instanceof Map ? [...headers] : headers);
        await rejectFirstToken();
        const { statusCode } = await agent.request({ origin: rig.api.origin, path: '/', method: 'GET', headers });
        expect(statusCode).toBe(200);
        for (const [at, { headers: arrived, authorizations }] of rig.api.requests.entries()) {
          expect(arrived).toMatchObject({ 'x-mine': 'a', 'x-list': 'b, c' });
          expect(authorizations).toEqual([`Bearer token-${at + 1}`]);
        }
        expect(JSON.stringify(headers instanceof Map ? [...headers] : headers)).toBe(before);
      });

      test.each<[string, NonNullable<Options['headers']>]>([
        ['an object', { AUTHORIZATION: 'Basic bWluZQ==' }],
        ['names and values by turns', ['x-mine', 'authorization', 'Authorization', 'Basic bWluZQ==']],
        ['Headers', new undici.Headers({ authorization: 'Basic bWluZQ==' })],
        ['a Map', new Map([['aUthorization', 'Basic bWluZQ==']])],
      ])('with an authorization of the caller get none of ours: %s', async (_, headers) => {
        await agent.request({ origin: rig.api.origin, path: '/', method: 'GET', headers });
        expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([['Basic bWluZQ==']]);
        expect(rig.tokens.requests).toHaveLength(0);
      });

      test('may come from an iterator that can be read only once', async () => {
        await rejectFirstToken();
        const headers = new Map([['x-mine', 'a']]).entries();
        const { statusCode } = await agent.request({ origin: rig.api.origin, path: '/', method: 'GET', headers });
        expect(statusCode).toBe(200);
        expect(rig.api.requests.map((request) => request.headers['x-mine'])).toEqual(['a', 'a']);
      });

      test('where authorization is a value, and not a name, get the token', async () => {
        await agent.request({ origin: rig.api.origin, path: '/', method: 'GET', headers: ['x-kind', 'authorization'] });
        expect(rig.api.tokens).toEqual(['token-1']);
      });
    });

    describe('with a cached token', () => {
      test.each([true, false])('dispatch is synchronous, and returns what undici returns: %s', async (isFree) => {
        await rig.provider.getToken();
        const dispatched: unknown[] = [];
        const dispatch = bearerInterceptor(rig.provider, { origins: rig.api.origin })((options) => {
          dispatched.push(options);
          return isFree;
        });
        const options = { origin: rig.api.origin, path: '/', method: 'GET' } as const;
        expect(dispatch(options, { onRequestStart() {}, onResponseError() {} })).toBe(isFree);
        expect(dispatched).toEqual([{ ...options, headers: { authorization: 'Bearer token-1' } }]);
      });

      test('requests leave in the order in which they were made', async () => {
        await rig.provider.getToken();
        const client = composed(new undici.Client(rig.api.origin, { pipelining: 1 }), {
          dispatcherOrigin: rig.api.origin,
        });
        const paths = Array.from({ length: 20 }, (_, call) => `/${call}`);
        await Promise.all(
          paths.map((path) =>
            client.request({ origin: rig.api.origin, path, method: 'GET' }).then(({ body }) => body.dump()),
          ),
        );
        expect(rig.api.requests.map(({ path }) => path)).toEqual(paths);
      });
    });

    test('a handler that is not of the current kind is for undici to refuse', () => {
      const below = jest.fn<Dispatcher.Dispatch>(() => true);
      const dispatch = bearerInterceptor(rig.provider, { origins: rig.api.origin })(below);
      const legacy = { onConnect() {}, onError() {}, onHeaders: () => true, onData: () => true, onComplete() {} };
      dispatch({ origin: rig.api.origin, path: '/', method: 'GET' }, legacy);
      expect(below).toHaveBeenCalledWith(expect.objectContaining({ path: '/', headers: null }), legacy);
    });

    test('CONNECT and upgrades are left alone', async () => {
      const seen: unknown[] = [];
      const dispatch = bearerInterceptor(rig.provider, { origins: 'https://api.example' })((options) => {
        seen.push(options);
        return true;
      });
      const tunnel = { origin: 'https://proxy.example', path: 'api.example:443', method: 'CONNECT' } as const;
      const upgrade = { origin: 'https://api.example', path: '/', method: 'GET', upgrade: 'websocket' } as const;
      for (const options of [tunnel, upgrade]) dispatch(options, {});
      expect(seen).toMatchObject([tunnel, upgrade]);
      expect(rig.tokens.requests).toHaveLength(0);
    });

    describe('fetch with such a dispatcher', () => {
      const call = (url: string, init: Undici.RequestInit = {}, dispatcher = agent): Promise<Undici.Response> =>
        undici.fetch(url, { dispatcher, ...init });

      test('carries the token, and gets past a 401 if it has no body', async () => {
        await rejectFirstToken();
        const response = await call(`${rig.api.origin}/fetched`);
        expect([response.status, await response.text()]).toEqual([200, 'welcome']);
        expect(rig.api.tokens).toEqual(['token-1', 'token-2']);
      });

      test('hands back the 401 to a request with a body, which fetch gives away as a stream', async () => {
        await rejectFirstToken();
        const response = await call(`${rig.api.origin}/fetched`, { method: 'POST', body: 'text' });
        expect([response.status, await response.text()]).toEqual([401, 'who are you?']);
        expect((await call(`${rig.api.origin}/fetched`, { method: 'POST', body: 'text' })).status).toBe(200);
      });

      test('keeps the Authorization of the caller', async () => {
        await call(rig.api.origin, { headers: { Authorization: 'Basic bWluZQ==' } });
        expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([['Basic bWluZQ==']]);
      });

      test('rejects with the failure to get a token as its cause', async () => {
        await rig.provider.close();
        await expect(call(rig.api.origin)).rejects.toMatchObject({
          cause: { code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' },
        });
      });

      test('follows a redirect to another origin only where others may pass, and there without a token', async () => {
        rig.api.redirect('/start', `${rig.other.origin}/end`);
        rig.other.on('/end', ({ answer }) => answer(200, 'public'));
        const error = await failureOf(call(`${rig.api.origin}/start`));
        expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        expect(rig.other.requests).toHaveLength(0);
        const passing = composed(new undici.Agent(), { otherOrigins: 'pass' });
        expect(await (await call(`${rig.api.origin}/start`, {}, passing)).text()).toBe('public');
        expect(rig.other.requests).toMatchObject([{ authorizations: [] }]);
      });

      test.each(['before', 'while waiting for a token'])(
        'is aborted %s with the reason of the caller',
        async (when) => {
          rig.tokens.gate.shut();
          const controller = new AbortController();
          if (when === 'before') controller.abort(new Error('changed my mind'));
          const failure = failureOf(call(rig.api.origin, { signal: controller.signal }));
          if (when !== 'before') {
            await rig.tokens.reached(1);
            controller.abort(new Error('changed my mind'));
          }
          expect(await failure).toMatchObject({ message: 'changed my mind' });
          rig.tokens.gate.open();
          expect(rig.api.requests).toHaveLength(0);
        },
      );
    });

    describe('while it waits for a token', () => {
      test('an emitter may abort, with undici’s own error', async () => {
        rig.tokens.gate.shut();
        const signal = new EventEmitter();
        const failure = failureOf(agent.request({ origin: rig.api.origin, path: '/', method: 'GET', signal }));
        await rig.tokens.reached(1);
        signal.emit('abort');
        expect(await failure).toMatchObject({ code: 'UND_ERR_ABORTED' });
        expect(signal.listenerCount('abort')).toBe(0);
        expect(rig.api.requests).toHaveLength(0);
      });

      test('the signal keeps no listener afterwards', async () => {
        const { signal } = new AbortController();
        const [add, remove] = [jest.spyOn(signal, 'addEventListener'), jest.spyOn(signal, 'removeEventListener')];
        await rejectFirstToken();
        const { body } = await agent.request({ origin: rig.api.origin, path: '/', method: 'GET', signal });
        await body.text();
        await new Promise(setImmediate);
        const added = add.mock.calls.map(([, listener]) => listener);
        const removed = new Set(remove.mock.calls.map(([, listener]) => listener));
        expect(added.filter((listener) => !removed.has(listener))).toEqual([]);
      });

      test('a body that fails ends the request with its error, and not the process', async () => {
        rig.tokens.gate.shut();
        const body = new Readable({ read() {} });
        const options = { origin: rig.api.origin, path: '/', method: 'PUT', body } as const;
        const failure = failureOf(agent.request(options));
        await rig.tokens.reached(1);
        body.destroy(new Error('disk on fire'));
        expect(await failure).toMatchObject({ message: 'disk on fire' });
        rig.tokens.gate.open();
        expect(rig.api.requests).toHaveLength(0);
      });

      test('what the caller does to its options changes nothing', async () => {
        rig.tokens.gate.shut();
        const headers: Record<string, string> = { 'x-mine': 'a' };
        const options = { origin: rig.api.origin, path: '/first', method: 'GET' as const, headers };
        const sent = agent.request(options);
        await rig.tokens.reached(1);
        Object.assign(options, { origin: rig.other.origin, path: '/second' });
        rig.tokens.gate.open();
        expect((await sent).statusCode).toBe(200);
        expect(rig.api.requests).toMatchObject([{ path: '/first' }]);
      });
    });

    test('redirects are kept in the context, as undici tells them', async () => {
      const dispatcher = composed(new undici.Agent(), {}, undici.interceptors.redirect({ maxRedirections: 2 }));
      rig.api.redirect('/start', '/end');
      const { context } = await dispatcher.request({ origin: rig.api.origin, path: '/start', method: 'GET' });
      expect((context as { history: URL[] }).history.map(({ pathname }) => pathname)).toEqual(['/start', '/end']);
    });

    test('a Client that is closed refuses by itself', async () => {
      const dispatcher = composed(new undici.Client(rig.api.origin), { dispatcherOrigin: rig.api.origin });
      await dispatcher.close();
      const error = await failureOf(dispatcher.request({ origin: rig.api.origin, path: '/', method: 'GET' }));
      expect(error).toMatchObject({ code: expect.stringMatching(/UND_ERR_(CLOSED|DESTROYED)/) });
    });

    test.each(['nonsense', 'api.example'])(
      'the option dispatcherOrigin has to be an address: %s',
      (dispatcherOrigin) => {
        expect(() => bearerInterceptor(rig.provider, { origins: rig.api.origin, dispatcherOrigin })).toThrow(
          expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option: 'dispatcherOrigin' }),
        );
      },
    );
  });
}
