import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as undici from 'undici';
import { type BearerFetch, type BearerRequestInit, bearerFetch } from '../../src/adapters/fetch.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { ApiServer } from '../servers/api-server.ts';
import { TokenServer } from '../servers/token-server.ts';
import { adapterContract } from './adapter-contract.ts';
import { tokenflightErrorIn } from './contract/errors.ts';
import { fetchClients, fetchTraits, streamedBody } from './fetch-client.ts';
import { useRealSockets } from './real-sockets.ts';

adapterContract('fetch', fetchClients(), fetchTraits);

describe('fetch:', () => {
  let tokens: TokenServer;
  let api: ApiServer;
  let other: ApiServer;
  let provider: TokenProvider;
  let events: TokenEvent[];
  let call: typeof fetch;

  useRealSockets();

  beforeEach(async () => {
    [tokens, api, other] = await Promise.all([TokenServer.start(), ApiServer.start(), ApiServer.start()]);
    const retry = { retries: 0 };
    provider = new TokenProvider({ tokenUrl: tokens.url, clientId: 'client', clientSecret: 'secret', retry });
    events = [];
    provider.on((event) => events.push(event));
    call = bearerFetch(provider, { origins: api.origin });
  });

  afterEach(async () => {
    await provider.close();
    await Promise.all([tokens, api, other].map((server) => server.close()));
  });

  /** Rejects `token-1`, which every client has from here on. */
  const rejectFirstToken = async (): Promise<void> => {
    await provider.getToken();
    api.rejected.add('token-1');
  };

  describe('the input', () => {
    test.each([
      ['a string', (url: string) => url],
      ['a URL', (url: string) => new URL(url)],
      ['a Request', (url: string) => new Request(url)],
      ['whatever has a string', (url: string) => ({ toString: () => url }) as unknown as string],
    ])('may be %s', async (_, inputOf) => {
      const response = await call(inputOf(`${api.origin}/things?q=1`));
      expect(await response.text()).toBe('welcome');
      expect(response.url).toBe(`${api.origin}/things?q=1`);
      expect(api.requests).toMatchObject([{ method: 'GET', path: '/things?q=1', token: 'token-1' }]);
    });

    test.each([
      ['an object', { 'x-mine': 'a' }],
      ['a list', [['x-mine', 'a']] as [string, string][]],
      ['Headers', new Headers({ 'x-mine': 'a' })],
    ])('may bring headers as %s, which stay as they are', async (_, headers) => {
      const before = JSON.stringify([...new Headers(headers)]);
      await call(api.origin, { headers });
      expect(api.requests).toMatchObject([{ headers: { 'x-mine': 'a' }, token: 'token-1' }]);
      expect(JSON.stringify([...new Headers(headers)])).toBe(before);
    });

    test('may be a Request whose method, headers and body are kept', async () => {
      const request = new Request(`${api.origin}/put`, { method: 'PUT', headers: { 'x-mine': 'a' }, body: 'text' });
      await call(request);
      expect(api.requests).toMatchObject([
        { method: 'PUT', headers: { 'x-mine': 'a', 'content-type': 'text/plain;charset=UTF-8' }, token: 'token-1' },
      ]);
      expect(api.requests[0]?.body.toString()).toBe('text');
      expect(request.bodyUsed).toBe(true);
      expect(request.headers.has('authorization')).toBe(false);
    });

    test('may be a Request that init overrides', async () => {
      const request = new Request(api.origin, { method: 'PUT', headers: { 'x-mine': 'a' }, body: 'text' });
      await call(request, { method: 'PATCH', headers: { 'x-other': 'b' }, body: 'other' });
      expect(api.requests).toMatchObject([{ method: 'PATCH', headers: { 'x-other': 'b' }, token: 'token-1' }]);
      expect(api.requests[0]?.headers).not.toHaveProperty('x-mine');
      expect(api.requests[0]?.body.toString()).toBe('other');
    });

    test('may be a Request whose Authorization is left alone', async () => {
      await call(new Request(api.origin, { headers: { authorization: 'Basic bWluZQ==' } }));
      expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([['Basic bWluZQ==']]);
    });

    test('may be an address with a Request as init', async () => {
      await rejectFirstToken();
      const init = new Request('http://ignored.example', { method: 'POST', headers: { 'x-mine': 'a' }, body: 'text' });
      expect((await call(`${api.origin}/rewritten`, init)).status).toBe(200);
      expect(api.tokens).toEqual(['token-1', 'token-2']);
      for (const request of api.requests) {
        expect(request).toMatchObject({ method: 'POST', path: '/rewritten', headers: { 'x-mine': 'a' } });
        expect(request.body.toString()).toBe('text');
      }
    });

    test.each<[string, RequestInit]>([
      ['inherited', Object.create({ method: 'PUT', headers: { 'x-mine': 'a' }, body: 'text' })],
      [
        'getters of its class',
        new (class {
          get method(): string {
            return 'PUT';
          }
          get headers(): HeadersInit {
            return { 'x-mine': 'a' };
          }
          get body(): string {
            return 'text';
          }
        })(),
      ],
      [
        'of another object than fetch takes',
        { method: 'PUT', headers: { 'x-mine': 'a' }, body: 'text', url: '/' } as object,
      ],
    ])('may be init whose fields are %s', async (_, init) => {
      await call(api.origin, init);
      expect(api.requests).toMatchObject([{ method: 'PUT', headers: { 'x-mine': 'a' }, token: 'token-1' }]);
      expect(api.requests[0]?.body.toString()).toBe('text');
    });

    test('may be null instead of init', async () => {
      expect((await call(api.origin, null as unknown as undefined)).status).toBe(200);
      expect(api.tokens).toEqual(['token-1']);
    });

    test.each<[string, (request: Request) => Parameters<typeof fetch>]>([
      ['a Request', (request) => [request]],
      ['an address with a Request as init', (request) => [request.url, request]],
    ])('may be %s of another package, for the fetch of that package', async (_, input) => {
      await rejectFirstToken();
      const over = bearerFetch(provider, { origins: api.origin, fetch: undici.fetch as unknown as typeof fetch });
      const request = new undici.Request(`${api.origin}/a`, { method: 'POST', body: 'text' }) as unknown as Request;
      expect((await over(...input(request))).status).toBe(200);
      expect(api.tokens).toEqual(['token-1', 'token-2']);
      expect(api.requests.map(({ body }) => body.toString())).toEqual(['text', 'text']);
    });

    test('may bring headers that can be read only once, also where no token is attached', async () => {
      const below = bearerFetch(provider, { origins: other.origin, otherOrigins: 'pass' });
      const over = bearerFetch(provider, { origins: api.origin, otherOrigins: 'pass', fetch: below });
      const once = (...pairs: [string, string][]): HeadersInit => new Map(pairs).entries() as unknown as HeadersInit;
      await over(api.origin, { headers: once(['authorization', 'Basic bWluZQ=='], ['x-mine', 'a']) });
      expect(api.requests).toMatchObject([{ authorizations: ['Basic bWluZQ=='], headers: { 'x-mine': 'a' } }]);
      const tokenRequest = { scope: 'b' };
      await (over as BearerFetch)(other.origin, { headers: once(['x-mine', 'b']), tokenRequest });
      expect(other.requests).toMatchObject([{ token: 'token-1', headers: { 'x-mine': 'b' } }]);
      expect(tokens.requests.map(({ form }) => form.get('scope'))).toEqual(['b']);
    });

    describe('a Request, says where it comes from', () => {
      const seen: Request[] = [];
      const below = (async (input: Request, init: RequestInit) => {
        seen.push(new Request(input, init));
        return new Response();
      }) as typeof fetch;
      const fields = { referrer: '', referrerPolicy: 'no-referrer' } as const;
      const sentWith = async (request: RequestInit, init?: BearerRequestInit): Promise<Request | undefined> => {
        const over: BearerFetch = bearerFetch(provider, { origins: api.origin, fetch: below });
        await over(new Request(api.origin, request), init);
        return seen.pop();
      };

      test('as it did', async () => {
        expect(await sentWith(fields)).toMatchObject(fields);
        expect(await sentWith(fields, { tokenRequest: { scope: 'a' } })).toMatchObject(fields);
        expect(await sentWith({ referrerPolicy: 'origin' })).toMatchObject({ referrerPolicy: 'origin' });
        expect(await sentWith({})).toMatchObject({ referrer: 'about:client', referrerPolicy: '' });
      });

      test('no longer, where the caller changes something, as with fetch itself', async () => {
        expect(await sentWith(fields, { method: 'PUT' })).toMatchObject({
          referrer: 'about:client',
          referrerPolicy: '',
        });
      });
    });

    test.each([
      ['a relative address', () => call('/things')],
      ['an address that is none', () => call('http://')],
      [
        'a Request whose body was used',
        async () => {
          const request = new Request(api.origin, { method: 'POST', body: 'text' });
          await request.text();
          return call(request);
        },
      ],
      ['a GET with a body', () => call(api.origin, { body: 'text' })],
    ])('that fetch refuses is refused by fetch: %s', async (_, send) => {
      const error = await send().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect(tokenflightErrorIn(error)).toBeUndefined();
      expect(api.requests).toHaveLength(0);
    });

    test.each(['data:text/plain,hello', 'blob:https://tenant.example/1b671a64', 'file:///etc/passwd'])(
      'has to be http or https to have a token, not %s',
      async (address) => {
        const below = jest.fn<typeof fetch>(async () => new Response('local'));
        for (const origins of ['https://tenant.example', () => true]) {
          const refused = bearerFetch(provider, { origins, allowInsecure: true })(address);
          await expect(refused).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED' });
          await bearerFetch(provider, { origins, otherOrigins: 'pass', fetch: below })(address);
          expect(below).toHaveBeenLastCalledWith(address, undefined);
        }
        expect(tokens.requests).toHaveLength(0);
      },
    );
  });

  describe('a 401 to a Request', () => {
    test('with a text repeats the same bytes, and their length', async () => {
      await rejectFirstToken();
      const request = new Request(`${api.origin}/text`, { method: 'POST', body: 'grüße' });
      expect((await call(request)).status).toBe(200);
      expect(api.tokens).toEqual(['token-1', 'token-2']);
      for (const { headers, body } of api.requests) {
        expect(body.toString()).toBe('grüße');
        expect(headers).toMatchObject({ 'content-length': '7', 'content-type': 'text/plain;charset=UTF-8' });
        expect(headers).not.toHaveProperty('transfer-encoding');
      }
    });

    test('with a form repeats it with its boundary', async () => {
      await rejectFirstToken();
      const form = new FormData();
      form.set('file', new Blob(['bytes']), 'name.bin');
      expect((await call(new Request(`${api.origin}/form`, { method: 'POST', body: form }))).status).toBe(200);
      const [first, second] = api.requests;
      expect(second?.body).toEqual(first?.body);
      expect(second?.headers['content-type']).toBe(first?.headers['content-type']);
    });

    test('without a body repeats it', async () => {
      await rejectFirstToken();
      expect((await call(new Request(api.origin, { method: 'DELETE' }))).status).toBe(200);
      expect(api.requests.map(({ method }) => method)).toEqual(['DELETE', 'DELETE']);
    });

    test('with a stream repeats what it brought, since a Request does not tell where its body is from', async () => {
      await rejectFirstToken();
      const request = new Request(`${api.origin}/stream`, { method: 'POST', ...streamedBody('one ', 'two') });
      expect((await call(request)).status).toBe(200);
      expect(api.requests.map(({ body }) => body.toString())).toEqual(['one two', 'one two']);
    });

    test.each([
      [8, 200],
      [7, 401],
    ])('with a stream of 8 bytes and room for %i ends in %i', async (maxBodyBytes, status) => {
      await rejectFirstToken();
      const limited = bearerFetch(provider, { origins: api.origin, replay: { maxBodyBytes } });
      const init = { method: 'POST', ...streamedBody('four', 'four') };
      const response = await limited(new Request(api.origin, init));
      expect(response.status).toBe(status);
      expect(await response.text()).toBe(status === 200 ? 'welcome' : 'who are you?');
      expect(api.requests[0]?.body.toString()).toBe('fourfour');
    });

    test('with more than the default allows repeats nothing', async () => {
      await rejectFirstToken();
      const request = new Request(api.origin, { method: 'POST', body: 'x'.repeat(1_048_577) });
      expect((await call(request)).status).toBe(401);
      expect(api.tokens).toEqual(['token-1']);
      expect(events).toContainEqual(expect.objectContaining({ type: 'replay-skipped', why: 'body-too-large' }));
    });

    test('that is answered before its body has ended is repeated with the whole body', async () => {
      await rejectFirstToken();
      api.on('/early', ({ received, answer }) => answer(received.token === 'token-1' ? 401 : 200), { isEarly: true });
      const rest = new TransformStream<Uint8Array, Uint8Array>();
      const init = { method: 'POST', body: rest.readable, duplex: 'half' };
      const answered = call(new Request(`${api.origin}/early`, init));
      const writer = rest.writable.getWriter();
      await writer.write(new TextEncoder().encode('one '));
      await api.reached(1);
      await writer.write(new TextEncoder().encode('two'));
      await writer.close();
      expect((await answered).status).toBe(200);
      const [, second] = api.requests;
      expect(second?.headers['content-length']).toBe('7');
    });

    test('whose body fails is fetch’s own error', async () => {
      const failing = new ReadableStream({
        pull: (controller) => controller.error(new Error('disk on fire')),
      });
      const init = Object.assign({ method: 'POST', body: failing }, { duplex: 'half' });
      await expect(call(new Request(api.origin, init))).rejects.toThrow(TypeError);
    });

    test.each<[string, () => Promise<Response>]>([
      ['an answer that is no rejection', async () => new Response('too large', { status: 413 })],
      ['an error', () => Promise.reject(new Error('reset'))],
    ])('is read no further by our copy after %s', async (_, end) => {
      await provider.getToken();
      let pulls = 0;
      const long = new ReadableStream({
        pull: (controller) => {
          if (++pulls === 1_000) controller.close();
          else controller.enqueue(new TextEncoder().encode('part'));
        },
      });
      const over = bearerFetch(provider, { origins: api.origin, fetch: end, replay: { maxBodyBytes: 1e9 } });
      const init = { method: 'POST', body: long, duplex: 'half' };
      await over(new Request(api.origin, init)).catch(() => {});
      const before = pulls;
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(pulls - before).toBeLessThan(5); // what the streams buffer ahead
    });

    test('does not copy a body that may not be sent again anyway', async () => {
      const never = bearerFetch(provider, { origins: api.origin, replay: { methods: 'none' } });
      const request = new Request(api.origin, { method: 'POST', body: 'text' });
      const clone = jest.spyOn(request, 'clone');
      expect((await never(request)).status).toBe(200);
      expect(clone).not.toHaveBeenCalled();
    });
  });

  describe('a signal', () => {
    test.each([
      ['in init', (signal: AbortSignal) => call(api.origin, { signal })],
      ['in a Request', (signal: AbortSignal) => call(new Request(api.origin, { signal }))],
      [
        'in init, over the one in a Request',
        (signal: AbortSignal) => call(new Request(api.origin, { signal: new AbortController().signal }), { signal }),
      ],
    ])('%s ends the wait for a token with its own reason', async (_, send) => {
      tokens.gate.shut();
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      const failure = send(controller.signal).catch((error: unknown) => error);
      await tokens.reached(1);
      controller.abort(reason);
      expect(await failure).toBe(reason);
      expect(api.requests).toHaveLength(0);
    });

    test('in a Request does not count where init says null', async () => {
      expect((await call(new Request(api.origin, { signal: AbortSignal.abort() }), { signal: null })).status).toBe(200);
    });

    test('that ends the wait for a new token after a 401 ends the call, not the 401', async () => {
      await rejectFirstToken();
      tokens.gate.shut();
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      const failure = call(api.origin, { signal: controller.signal }).catch((error: unknown) => error);
      await tokens.reached(2);
      controller.abort(reason);
      expect(await failure).toBe(reason);
    });
  });

  describe('a redirect', () => {
    test('is handed over where it is to be followed by hand', async () => {
      api.redirect('/start', '/end', 307);
      const response = await call(`${api.origin}/start`, { redirect: 'manual' });
      expect(response.status).toBe(307);
      expect(response.headers.get('location')).toBe('/end');
      expect(api.requests).toHaveLength(1);
    });

    test('is an error where it is to be one', async () => {
      api.redirect('/start', '/end', 307);
      await expect(call(`${api.origin}/start`, { redirect: 'error' })).rejects.toThrow(TypeError);
      expect(api.requests).toHaveLength(1);
    });

    // fetch tells where a chain ended and not where it led through, so that this 401 looks like one to the token.
    // It costs one token request and one repetition, and no more.
    test('that comes back without the token to a 401 costs no more than one refresh', async () => {
      api.redirect('/start', `${other.origin}/over`);
      other.redirect('/over', `${api.origin}/end`);
      for (let time = 0; time < 3; time++) expect((await call(`${api.origin}/start`)).status).toBe(401);
      expect(tokens.requests).toHaveLength(2);
      expect(api.requests.filter(({ path }) => path === '/start')).toHaveLength(4);
    });

    test.each([
      ['GET', 200],
      ['PUT', 200],
      ['POST', 401],
      ['PATCH', 401],
    ])('of a %s that ends in a 401 is begun again only if that can do no harm: %i', async (method, status) => {
      await rejectFirstToken();
      api.redirect('/start', '/end', 307);
      api.on('/start', ({ answer }) => answer(307, '', { location: '/end' }));
      const response = await call(`${api.origin}/start`, { method, ...(method !== 'GET' && { body: 'text' }) });
      expect(response.status).toBe(status);
      expect(api.requests.filter(({ path }) => path === '/start')).toHaveLength(status === 200 ? 2 : 1);
    });
  });

  describe('the option fetch', () => {
    test('is what is called, with the caller’s own init', async () => {
      const below = jest.fn<typeof fetch>(async () => new Response('from below'));
      const over = bearerFetch(provider, { origins: api.origin, fetch: below });
      const init: RequestInit = { method: 'POST', body: 'text', cache: 'no-store' };
      expect(await (await over(api.origin, init)).text()).toBe('from below');
      expect(below).toHaveBeenCalledTimes(1);
      const [input, given] = below.mock.calls[0] ?? [];
      expect(input).toBe(`${api.origin}/`);
      expect(given).toMatchObject({ method: 'POST', body: 'text', cache: 'no-store' });
      expect(new Headers(given?.headers).get('authorization')).toBe('Bearer token-1');
      expect(init).toEqual({ method: 'POST', body: 'text', cache: 'no-store' });
    });

    test('is left out: the global fetch of the moment is called', async () => {
      await provider.getToken();
      const below = jest.spyOn(globalThis, 'fetch').mockResolvedValueOnce(new Response('of the moment'));
      expect(await (await call(api.origin)).text()).toBe('of the moment');
      below.mockRestore();
    });

    test('may be the fetch of another package', async () => {
      const dispatcher = new undici.Agent();
      const below = ((input: string, init: unknown) =>
        undici.fetch(input, { ...(init as undici.RequestInit), dispatcher })) as unknown as typeof fetch;
      const over = bearerFetch(provider, { origins: api.origin, fetch: below });
      await rejectFirstToken();
      expect(await (await over(api.origin, { method: 'POST', body: 'text' })).text()).toBe('welcome');
      expect(api.tokens).toEqual(['token-1', 'token-2']);
      await dispatcher.close();
    });
  });

  test('the function is a fetch, also for the compiler', () => {
    const assigned: typeof fetch = bearerFetch(provider, { origins: api.origin });
    expect(assigned).toBeInstanceOf(Function);
  });

  test('an answer that is replaced by that to a repetition is let go', async () => {
    await rejectFirstToken();
    const closed = new Promise<void>((resolve) => {
      api.on('/endless', ({ received, response, answer }) => {
        if (received.token === 'token-2') return answer(200);
        response.on('close', resolve).writeHead(401).write('and so on');
      });
    });
    expect((await call(`${api.origin}/endless`)).status).toBe(200);
    await closed;
  });

  test('the answer to a repetition says where it came from', async () => {
    await rejectFirstToken();
    const response = await call(`${api.origin}/again`);
    expect(response).toMatchObject({ ok: true, status: 200, url: `${api.origin}/again`, bodyUsed: false });
  });
});
