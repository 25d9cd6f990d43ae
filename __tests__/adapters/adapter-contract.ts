import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { isTokenflightError, type TokenflightError } from '../../src/errors/tokenflight-error.ts';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import type { BearerOptions } from '../../src/resource/authoriser.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import { systemClock } from '../../src/values/clock.ts';
import type { TokenSource } from '../../src/values/token-source.ts';
import { ApiServer, type ReceivedRequest } from '../servers/api-server.ts';
import { Gate } from '../servers/gate.ts';
import { TokenServer } from '../servers/token-server.ts';
import { useRealSockets } from './real-sockets.ts';

/** A body, for the host to be given in its own way. */
export type CallBody =
  | { readonly text: string }
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly formData: FormData }
  | { readonly form: Readonly<Record<string, string>> }
  | { readonly json: unknown }
  | { readonly stream: readonly string[] };

/** One request, in no host's terms. */
export interface Call {
  readonly url: string;
  /** Default: GET, or POST where there is a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: CallBody;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A host with the adapter on it. */
export interface Client {
  /** Sends, and reads the answer whatever its status. Rejects as the host rejects. */
  send(call: Call): Promise<Answer>;
  /** Sends, and hands the body on as it comes. */
  stream(call: Call): Promise<AsyncIterable<Uint8Array>>;
}

export interface ClientSettings {
  readonly source: TokenSource;
  readonly options: BearerOptions;
  /** How many times the adapter is put on. Default: once. */
  readonly layers?: number;
  /** The host's own retry, without pauses. Default: none. */
  readonly retry?: { readonly limit: number; readonly statuses: readonly number[] };
}

export type MakeClient = (settings: ClientSettings) => Client;

/** In what the hosts differ, so that no case has to ask which one it has. */
export interface HostTraits {
  /** The error with which the host itself answers an abort. */
  isAbortError(error: unknown): boolean;
  /** It can repeat requests by itself. */
  readonly hasOwnRetry: boolean;
  /** The adapter is told of each redirect, and not only of where they ended. */
  readonly tellsOfRedirects: boolean;
  /** Its errors lead to the request that failed, headers and all, in parts that are printed with `showHidden` only. */
  readonly hidesRequestInErrors: boolean;
}

const MIB = 1_048_576;
const REFUSED = { status: 400, body: { error: 'invalid_client', error_description: 'no such client' } };

const bodies: Readonly<Record<string, () => CallBody | undefined>> = {
  'no body': () => undefined,
  'an empty text': () => ({ text: '' }),
  text: () => ({ text: 'grüße, and more' }),
  bytes: () => ({ bytes: Uint8Array.from([0, 255, 128, 13, 10]) }),
  'a form': () => ({ form: { name: 'a value', other: 'ü&=' } }),
  'form data': () => ({ formData: formData() }),
  JSON: () => ({ json: { name: 'value', list: [1, 2] } }),
};

function formData(): FormData {
  const form = new FormData();
  form.set('field', 'grüße');
  form.set('file', new Blob(['some\r\nbytes'], { type: 'text/csv' }), 'table.csv');
  return form;
}

/**
 * What every adapter keeps, against real servers and a real provider. Registers the tests; to be called at the top of
 * a test file.
 *
 * @param name of the host
 */
export function adapterContract(name: string, makeClient: MakeClient, traits: HostTraits): void {
  describe(`${name} keeps the contract of all adapters:`, () => {
    let tokens: TokenServer;
    let api: ApiServer;
    let other: ApiServer;
    let provider: TokenProvider;
    let events: TokenEvent[];

    useRealSockets();

    beforeEach(async () => {
      [tokens, api, other] = await Promise.all([TokenServer.start(), ApiServer.start(), ApiServer.start()]);
      provider = providerOf(tokens);
      events = [];
      provider.on((event) => events.push(event));
    });

    afterEach(async () => {
      await provider.close();
      await Promise.all([tokens, api, other].map((server) => server.close()));
    });

    const clientOf = (options: Partial<BearerOptions> = {}, settings: Partial<ClientSettings> = {}): Client =>
      makeClient({ source: provider, options: { origins: api.origin, ...options }, ...settings });

    /** A client whose token is cached already, and which the API has seen once. */
    const warmClientOf = async (...settings: Parameters<typeof clientOf>): Promise<Client> => {
      const client = clientOf(...settings);
      expect(await client.send({ url: `${api.origin}/warm` })).toEqual({ status: 200, text: 'welcome' });
      return client;
    };

    const tell = (type: TokenEvent['type']): readonly TokenEvent[] => events.filter((event) => event.type === type);

    describe('the token', () => {
      test('is attached, and asked for once', async () => {
        const client = clientOf();
        for (let call = 0; call < 3; call++) {
          expect(await client.send({ url: `${api.origin}/things` })).toEqual({ status: 200, text: 'welcome' });
        }
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual(
          Array.from({ length: 3 }, () => ['Bearer token-1']),
        );
        expect(tokens.requests).toHaveLength(1);
      });

      test('is the one that the option "request" describes', async () => {
        await clientOf({ request: { scope: 'api:read', audience: 'https://api.example' } }).send({ url: api.origin });
        expect(Object.fromEntries(tokens.requests[0]?.form ?? [])).toMatchObject({
          scope: 'api:read',
          audience: 'https://api.example',
        });
      });

      test('gives way to an Authorization that the caller set, in any case', async () => {
        const client = clientOf();
        for (const header of ['Authorization', 'authorization']) {
          const answer = await client.send({ url: `${api.origin}/mine`, headers: { [header]: 'Basic bWluZQ==' } });
          expect(answer.status).toBe(401);
        }
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Basic bWluZQ=='],
          ['Basic bWluZQ=='],
        ]);
        expect(tokens.requests).toHaveLength(0);
      });

      test('is there once only when the adapter was put on twice by mistake', async () => {
        const client = await warmClientOf({}, { layers: 2 });
        api.rejected.add('token-1');
        expect((await client.send({ url: `${api.origin}/twice` })).status).toBe(200);
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Bearer token-1'],
          ['Bearer token-1'],
          ['Bearer token-2'],
        ]);
      });

      test('is there once only also when such a request is redirected', async () => {
        api.redirect('/start', '/over');
        api.redirect('/over', `${other.origin}/end`);
        other.on('/end', ({ answer }) => answer(200, 'public'));
        const origins = [api.origin, other.origin];
        const answer = await clientOf({ origins }, { layers: 2 }).send({ url: `${api.origin}/start` });
        expect(answer).toEqual({ status: 200, text: 'public' });
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Bearer token-1'],
          ['Bearer token-1'],
        ]);
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test('of each of two providers goes to its own origin', async () => {
        const otherTokens = await TokenServer.start('other');
        const otherProvider = providerOf(otherTokens);
        const here = clientOf();
        const there = makeClient({ source: otherProvider, options: { origins: other.origin } });
        await Promise.all([here.send({ url: api.origin }), there.send({ url: other.origin })]);
        await Promise.all([otherProvider.close(), otherTokens.close()]);
        expect(api.tokens).toEqual(['token-1']);
        expect(other.tokens).toEqual(['other-1']);
      });

      test('does not disturb method, headers and body', async () => {
        const headers = { 'x-trace': 'abc', 'content-type': 'application/vnd.mine' };
        await clientOf().send({ url: `${api.origin}/put?q=1`, method: 'PUT', headers, body: { text: 'text' } });
        expect(api.requests[0]).toMatchObject({ method: 'PUT', path: '/put?q=1', headers, body: Buffer.from('text') });
      });

      test('goes with a streamed body, and the answer comes back as a stream', async () => {
        const gotFirst = new Gate();
        gotFirst.shut();
        api.on('/stream', async ({ response }) => {
          response.writeHead(200).write('first');
          await gotFirst.pass(); // an answer that is read whole before it is handed on would hang here
          response.end('last');
        });
        const chunks: string[] = [];
        for await (const chunk of await clientOf().stream({
          url: `${api.origin}/stream`,
          body: { stream: ['a', 'b'] },
        })) {
          chunks.push(new TextDecoder().decode(chunk));
          gotFirst.open();
        }
        expect(chunks).toEqual(['first', 'last']);
        expect(api.requests[0]).toMatchObject({ token: 'token-1', body: Buffer.from('ab') });
      });
    });

    describe('a 401', () => {
      test.each(Object.entries(bodies))('gets a new token and the request again: %s', async (_, body) => {
        const client = await warmClientOf();
        api.rejected.add('token-1');
        const sent = body();
        const call = { url: `${api.origin}/again`, method: 'POST', ...(sent && { body: sent }) };
        expect(await client.send(call)).toEqual({ status: 200, text: 'welcome' });
        expect(api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
        expect(tokens.requests).toHaveLength(2);
        const [, first, second] = api.requests.map(withoutBoundary);
        expect(second).toEqual(first);
        for (const part of expectedParts(sent)) expect(first?.['body']).toContain(part);
        expect(tell('replayed')).toMatchObject([{ origin: api.origin }]);
      });

      test('without a challenge counts as well', async () => {
        const client = await warmClientOf();
        api.on('/bare', ({ received, answer }) => answer(received.token === 'token-1' ? 401 : 200));
        expect((await client.send({ url: `${api.origin}/bare` })).status).toBe(200);
      });

      test('for a body from a stream is handed back, and the next request has a new token', async () => {
        const client = await warmClientOf();
        api.rejected.add('token-1');
        const call = { url: `${api.origin}/upload`, body: { stream: ['one ', 'two'] } };
        expect(await client.send(call)).toEqual({ status: 401, text: 'who are you?' });
        expect(tell('replay-skipped')).toMatchObject([{ why: 'body-not-replayable' }]);
        expect(await client.send({ url: `${api.origin}/next` })).toEqual({ status: 200, text: 'welcome' });
        expect(api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
        expect(tokens.requests).toHaveLength(2);
      });

      test.each([
        ['as large as the option allows', MIB, 'token-2'],
        ['larger than the option allows', MIB + 1, undefined],
      ])('for a body %s', async (_, length, replayed) => {
        const client = await warmClientOf();
        api.rejected.add('token-1');
        const answer = await client.send({ url: `${api.origin}/large`, body: { text: 'x'.repeat(length) } });
        expect(answer.status).toBe(replayed ? 200 : 401);
        expect(api.tokens).toEqual(['token-1', 'token-1', ...(replayed ? [replayed] : [])]);
        if (replayed === undefined) expect(tell('replay-skipped')).toMatchObject([{ why: 'body-too-large' }]);
      });

      test('measures text in bytes, not in characters', async () => {
        const client = await warmClientOf({ replay: { maxBodyBytes: 5 } });
        api.rejected.add('token-1');
        expect((await client.send({ url: `${api.origin}/umlauts`, body: { text: 'üüü' } })).status).toBe(401);
      });

      test.each([
        ['idempotent', 'GET', 200],
        ['idempotent', 'PUT', 200],
        ['idempotent', 'DELETE', 200],
        ['idempotent', 'POST', 401],
        ['idempotent', 'PATCH', 401],
        ['none', 'GET', 401],
        ['any', 'PATCH', 200],
      ] as const)('with replay.methods "%s" and %s ends in %i', async (methods, method, status) => {
        const client = await warmClientOf({ replay: { methods } });
        api.rejected.add('token-1');
        expect((await client.send({ url: `${api.origin}/method`, method })).status).toBe(status);
        expect(api.requests).toHaveLength(status === 200 ? 3 : 2);
        expect((await client.send({ url: `${api.origin}/next` })).status).toBe(200);
        expect(api.tokens.at(-1)).toBe('token-2');
      });

      test('for the new token too is handed back after one repetition', async () => {
        api.accepts = () => false;
        const client = clientOf();
        expect(await client.send({ url: `${api.origin}/never` })).toEqual({ status: 401, text: 'who are you?' });
        expect(api.tokens).toEqual(['token-1', 'token-2']);
        expect(tokens.requests).toHaveLength(2);
        expect(tell('replay-skipped')).toMatchObject([{ why: 'already-replayed' }]);
      });

      test('asks the source for a token once per sending, and hands it the signal of the caller', async () => {
        const asked: (AbortSignal | undefined)[] = [];
        const source: TokenSource = {
          getToken(request, options) {
            asked.push(options?.signal);
            return provider.getToken(request, options);
          },
          invalidate: (token) => provider.invalidate(token),
        };
        const client = clientOf({}, { source });
        await provider.getToken();
        api.rejected.add('token-1');
        const controller = new AbortController();
        const call = { url: `${api.origin}/again`, signal: controller.signal };
        expect((await client.send(call)).status).toBe(200);
        expect(asked.map((signal) => signal?.aborted)).toEqual([false, false]);
        controller.abort();
        expect(asked.map((signal) => signal?.aborted)).toEqual([true, true]);
      });

      test('from an API that rejects every token costs a bounded number of requests', async () => {
        api.accepts = () => false;
        const client = clientOf();
        for (let call = 0; call < 20; call++) {
          expect((await client.send({ url: `${api.origin}/never` })).status).toBe(401);
        }
        // The first call is repeated with token-2; that one came by force a moment ago, so nothing newer is to be had.
        expect(tokens.requests).toHaveLength(2);
        expect(api.requests).toHaveLength(21);
      });

      test('from an API that rejects every token costs one repetition each for calls that come at once', async () => {
        api.accepts = () => false;
        const client = clientOf();
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => client.send({ url: `${api.origin}/never` })),
        );
        expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 401));
        expect(tokens.requests).toHaveLength(2);
        expect(api.requests.length).toBeLessThanOrEqual(40);
      });

      test('met by 100 requests at once costs one token request, and each gets its 200', async () => {
        const client = await warmClientOf();
        api.rejected.add('token-1');
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, call) => client.send({ url: `${api.origin}/${call}` })),
        );
        expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200));
        expect(tokens.requests).toHaveLength(2);
        expect(api.requests.length).toBeLessThanOrEqual(201);
      });

      test('that comes late for the old token causes no second refresh', async () => {
        const client = await warmClientOf();
        const gate = new Gate();
        gate.shut();
        api.on('/late', async ({ received, answer }) => {
          if (received.token !== 'token-1') return answer(200, 'welcome');
          await gate.pass();
          answer(401);
        });
        const calls = Array.from({ length: 4 }, () => client.send({ url: `${api.origin}/late` }));
        await api.reached(5);
        for (let answered = 1; answered <= 4; answered++) {
          gate.openForOne();
          await api.reached(5 + answered);
        }
        expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        expect(api.tokens.slice(5)).toEqual(['token-2', 'token-2', 'token-2', 'token-2']);
        expect(tokens.requests).toHaveLength(2);
      });

      test('is handed back when no new token can be had', async () => {
        const client = await warmClientOf();
        api.rejected.add('token-1');
        tokens.answerNext(REFUSED);
        expect(await client.send({ url: `${api.origin}/refused` })).toEqual({ status: 401, text: 'who are you?' });
        expect(api.requests).toHaveLength(2);
        expect(tell('replay-skipped')).toMatchObject([{ why: 'refresh-failed' }]);
      });

      test('is handed back when the source has no other token', async () => {
        api.accepts = () => false;
        const client = makeClient({ source: staticTokenSource('fixed'), options: { origins: api.origin } });
        expect(await client.send({ url: api.origin })).toEqual({ status: 401, text: 'who are you?' });
        expect(api.tokens).toEqual(['fixed']);
      });
    });

    if (traits.hasOwnRetry) {
      describe('with the own retry of the host', () => {
        test('a rejected token is replaced once, and the attempts do not multiply', async () => {
          api.accepts = () => false;
          const client = clientOf({}, { retry: { limit: 2, statuses: [401, 503] } });
          expect((await client.send({ url: `${api.origin}/never` })).status).toBe(401);
          expect(api.tokens).toEqual(['token-1', 'token-2', 'token-2', 'token-2']);
          expect(tokens.requests).toHaveLength(2);
        });

        test('replacing a token is none of the repetitions that the host counts', async () => {
          const client = await warmClientOf({}, { retry: { limit: 1, statuses: [503] } });
          const statuses = [401, 503, 200];
          api.on('/flaky', ({ answer }) => answer(statuses.shift() ?? 500));
          expect((await client.send({ url: `${api.origin}/flaky` })).status).toBe(200);
          expect(api.tokens).toEqual(['token-1', 'token-1', 'token-2', 'token-2']);
        });

        test('a token that is rejected only when the host repeats is replaced', async () => {
          const client = await warmClientOf({}, { retry: { limit: 1, statuses: [503] } });
          const statuses = [503, 401, 200];
          api.on('/flaky', ({ answer }) => answer(statuses.shift() ?? 500));
          expect((await client.send({ url: `${api.origin}/flaky` })).status).toBe(200);
          expect(api.tokens).toEqual(['token-1', 'token-1', 'token-1', 'token-2']);
        });

        test('a token that could not be had is not asked for again', async () => {
          tokens.answerNext(REFUSED, REFUSED);
          const client = clientOf({}, { retry: { limit: 2, statuses: [401, 503] } });
          await expect(client.send({ url: api.origin })).rejects.toThrow();
          expect(tokens.requests).toHaveLength(1);
          expect(api.requests).toHaveLength(0);
        });
      });
    }

    describe('an answer that says nothing against the token', () => {
      test.each([
        ['403', 403, undefined],
        ['403 with a challenge', 403, 'Bearer error="invalid_token"'],
        ['403 for too little scope', 403, 'Bearer error="insufficient_scope", scope="more"'],
        ['401 for too little scope', 401, 'Bearer realm="x", error="insufficient_scope"'],
        ['401 for a request that is malformed', 401, 'Bearer error="invalid_request"'],
        ['500', 500, undefined],
      ])('is handed over untouched: %s', async (_, status, challenge) => {
        const client = clientOf();
        api.on('/no', ({ answer }) => answer(status, 'because', challenge ? { 'www-authenticate': challenge } : {}));
        expect(await client.send({ url: `${api.origin}/no` })).toEqual({ status, text: 'because' });
        expect(await client.send({ url: `${api.origin}/next` })).toEqual({ status: 200, text: 'welcome' });
        expect(api.tokens).toEqual(['token-1', 'token-1']);
        expect(tokens.requests).toHaveLength(1);
      });

      test('is left to the host: 407', async () => {
        const client = clientOf();
        api.on('/proxy', ({ answer }) => answer(407, 'pay first'));
        const answer = await client.send({ url: `${api.origin}/proxy` }).catch((error: unknown) => {
          expect(tokenflightErrorIn(error)).toBeUndefined(); // fetch makes a network error of it
        });
        if (answer) expect(answer).toEqual({ status: 407, text: 'pay first' });
        await client.send({ url: `${api.origin}/next` });
        expect(api.tokens).toEqual(['token-1', 'token-1']);
      });
    });

    describe('an abort by the caller', () => {
      test('while waiting for a token is the error of the host; nothing is sent, and nobody else notices', async () => {
        const client = clientOf();
        tokens.gate.shut();
        const controller = new AbortController();
        const aborted = client.send({ url: `${api.origin}/aborted`, signal: controller.signal });
        const kept = client.send({ url: `${api.origin}/kept` });
        const failure = failureOf(aborted);
        await tokens.reached(1);
        controller.abort();
        expect(traits.isAbortError(await failure)).toBe(true);
        tokens.gate.open();
        expect((await kept).status).toBe(200);
        expect(api.requests.map(({ path }) => path)).toEqual(['/kept']);
        expect(tokens.requests).toHaveLength(1);
      });

      test('before the call asks for no token', async () => {
        const aborted = clientOf().send({ url: api.origin, signal: AbortSignal.abort() });
        expect(traits.isAbortError(await failureOf(aborted))).toBe(true);
        expect(tokens.requests).toHaveLength(0);
        expect(api.requests).toHaveLength(0);
      });

      test('while waiting for a new token after a 401 is the error of the host', async () => {
        const client = await warmClientOf();
        api.rejected.add('token-1');
        tokens.gate.shut();
        const controller = new AbortController();
        const aborted = client.send({ url: `${api.origin}/aborted`, signal: controller.signal });
        const kept = client.send({ url: `${api.origin}/kept` });
        const failure = failureOf(aborted);
        await Promise.all([tokens.reached(2), api.reached(3)]);
        controller.abort();
        expect(traits.isAbortError(await failure)).toBe(true);
        tokens.gate.open();
        expect((await kept).status).toBe(200);
        expect(api.requests.filter(({ path }) => path === '/aborted')).toHaveLength(1);
      });
    });

    describe('a failure to get a token', () => {
      test.each([
        ['refused by the token endpoint', 'ERR_TOKENFLIGHT_REQUEST_REJECTED'],
        ['not readable', 'ERR_TOKENFLIGHT_RESPONSE'],
        ['provider closed', 'ERR_TOKENFLIGHT_PROVIDER_CLOSED'],
        ['unfit for a header', 'ERR_TOKENFLIGHT_UNSAFE_TOKEN'],
      ] as const)('ends the call with that error, and nothing is sent: %s', async (what, code) => {
        let source: TokenSource = provider;
        if (code === 'ERR_TOKENFLIGHT_REQUEST_REJECTED') tokens.answerNext(REFUSED);
        if (code === 'ERR_TOKENFLIGHT_RESPONSE') tokens.answerNext({ status: 200, body: '<html>' });
        if (code === 'ERR_TOKENFLIGHT_PROVIDER_CLOSED') await provider.close();
        if (code === 'ERR_TOKENFLIGHT_UNSAFE_TOKEN') source = unsafeSource();
        const error = await failureOf(clientOf({}, { source }).send({ url: api.origin, body: { text: what } }));
        expect(tokenflightErrorIn(error)?.code).toBe(code);
        expect(api.requests).toHaveLength(0);
      });
    });

    describe('where the token may go', () => {
      const expectRefusal = async (client: Client, url: string, code: string): Promise<void> => {
        const error = tokenflightErrorIn(await failureOf(client.send({ url })));
        expect(error?.code).toBe(code);
        expect([...api.requests, ...other.requests]).toEqual([]);
        expect(tokens.requests).toHaveLength(0);
      };

      test('a first request to an origin that is not named is refused', async () => {
        await expectRefusal(clientOf(), `${other.origin}/foreign`, 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        const sameHostByAnotherName = `http://localhost:${api.port}/`;
        await expectRefusal(clientOf(), sameHostByAnotherName, 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
      });

      test('a trailing dot makes another origin', async () => {
        const origins = `http://localhost:${api.port}`;
        await expectRefusal(
          clientOf({ origins }),
          `http://localhost.:${api.port}/`,
          'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED',
        );
      });

      test('user info does not make another host look like an allowed one', async () => {
        const answer = clientOf().send({ url: `http://127.0.0.1:${api.port}@127.0.0.1:${other.port}/` });
        await answer.catch(() => {}); // some hosts refuse such an address, others send the user info
        expect(other.tokens.filter((token) => token !== undefined)).toEqual([]);
        expect(api.requests).toEqual([]);
      });

      test('user info is never sent together with a token', async () => {
        const answer = clientOf().send({ url: `http://user:word@127.0.0.1:${api.port}/` });
        await answer.catch(() => {});
        for (const { authorizations } of api.requests) expect(authorizations).toEqual(['Basic dXNlcjp3b3Jk']);
      });

      test('plain http to a host that is not loopback is refused', async () => {
        nock.activate(); // which would say if anything was sent
        await expectRefusal(clientOf({ origins: () => true }), 'http://api.example/', 'ERR_TOKENFLIGHT_INSECURE_URL');
      });

      test('an address without a scheme is for the host to refuse', async () => {
        const error = await failureOf(clientOf({ origins: () => true }).send({ url: `//127.0.0.1:${api.port}/` }));
        expect(tokenflightErrorIn(error)).toBeUndefined();
        expect(api.requests).toEqual([]);
      });

      test.each([
        ['an upper-case host', (port: number) => [`http://localhost:${port}`, `http://LOCALHOST:${port}/`]],
        ['an upper-case origin', (port: number) => [`HTTP://LocalHost:${port}`, `http://localhost:${port}/`]],
        ['one of several origins', (port: number) => [`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}/`]],
      ])('spelling makes no difference: %s', async (_, spell) => {
        const [origin = '', url = ''] = spell(api.port);
        await clientOf({ origins: ['https://elsewhere.example', new URL(origin)] }).send({ url });
        expect(api.tokens).toEqual(['token-1']);
      });

      test.each([
        ['the default port', 'https://api.example:443', 'https://api.example/things'],
        ['the default port in the address', 'https://api.example', 'https://api.example:443/things'],
        ['an international name', 'https://bücher.example', 'https://xn--bcher-kva.example/things'],
      ])('spelling makes no difference: %s', async (_, origins, url) => {
        nock.activate();
        nock(new URL(url).origin).get('/things').matchHeader('authorization', 'Bearer token-1').reply(200, 'welcome');
        expect(await clientOf({ origins }).send({ url })).toEqual({ status: 200, text: 'welcome' });
      });
    });

    describe('a redirect', () => {
      test.each([301, 302, 303, 307, 308])('within the origin keeps the token: %i', async (status) => {
        api.redirect('/start', '/end', status);
        expect((await clientOf().send({ url: `${api.origin}/start` })).status).toBe(200);
        expect(api.requests.map(({ path, authorizations }) => [path, authorizations])).toEqual([
          ['/start', ['Bearer token-1']],
          ['/end', ['Bearer token-1']],
        ]);
      });

      const open = ({ answer }: { answer(status: number, text: string): void }): void => answer(200, 'public');

      test.each([301, 302, 303, 307, 308])('to another port goes on without the token: %i', async (status) => {
        api.redirect('/start', `${other.origin}/end`, status);
        other.on('/end', open);
        expect(await clientOf().send({ url: `${api.origin}/start` })).toEqual({ status: 200, text: 'public' });
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test.each([307, 308])('with a body to another port goes on without the token: %i', async (status) => {
        api.redirect('/start', `${other.origin}/end`, status);
        other.on('/end', open);
        const call = { url: `${api.origin}/start`, body: { text: 'body' } };
        expect(await clientOf().send(call)).toEqual({ status: 200, text: 'public' });
        expect(other.requests).toMatchObject([{ method: 'POST', authorizations: [], body: Buffer.from('body') }]);
      });

      test('to another name of the same host goes on without the token', async () => {
        api.redirect('/start', `http://localhost:${api.port}/end`);
        api.on('/end', open);
        expect((await clientOf().send({ url: `${api.origin}/start` })).status).toBe(200);
        expect(api.requests.map(({ authorizations }) => authorizations)).toEqual([['Bearer token-1'], []]);
      });

      test('to another origin that is allowed as well goes on without the token', async () => {
        api.redirect('/start', `${other.origin}/end`);
        other.on('/end', open);
        await clientOf({ origins: [api.origin, other.origin] }).send({ url: `${api.origin}/start` });
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test('that comes back to the first origin does not bring the token back', async () => {
        api.redirect('/start', '/middle');
        api.redirect('/middle', `${other.origin}/over`);
        other.redirect('/over', '/there');
        other.redirect('/there', `${api.origin}/end`);
        api.on('/end', open);
        expect((await clientOf().send({ url: `${api.origin}/start` })).status).toBe(200);
        expect(other.requests.map(({ authorizations }) => authorizations)).toEqual([[], []]);
        expect(api.requests.map(({ path, authorizations }) => [path, authorizations])).toEqual([
          ['/start', ['Bearer token-1']],
          ['/middle', ['Bearer token-1']],
          ['/end', []],
        ]);
      });

      test('to another origin that answers 401 says nothing about the token', async () => {
        const client = clientOf();
        api.redirect('/start', `${other.origin}/end`);
        expect(await client.send({ url: `${api.origin}/start` })).toEqual({ status: 401, text: 'who are you?' });
        expect((await client.send({ url: `${api.origin}/next` })).status).toBe(200);
        expect(other.requests).toHaveLength(1);
        expect(api.tokens).toEqual(['token-1', 'token-1']);
        expect(tokens.requests).toHaveLength(1);
      });

      if (traits.tellsOfRedirects) {
        test('that comes back to a 401 says nothing about the token', async () => {
          const client = clientOf();
          api.redirect('/start', `${other.origin}/over`);
          other.redirect('/over', `${api.origin}/end`);
          expect((await client.send({ url: `${api.origin}/start` })).status).toBe(401);
          expect(api.tokens).toEqual(['token-1', undefined]);
          expect(tokens.requests).toHaveLength(1);
          expect(tell('invalidated')).toEqual([]);
        });
      }

      test('within the origin that ends in a 401 is repeated', async () => {
        const client = await warmClientOf();
        api.redirect('/start', '/end');
        api.rejected.add('token-1');
        expect((await client.send({ url: `${api.origin}/start` })).status).toBe(200);
        expect(api.requests.at(-1)).toMatchObject({ path: '/end', token: 'token-2' });
        expect(tokens.requests).toHaveLength(2);
      });

      test('after a POST that was acted upon does not make it be sent twice', async () => {
        const client = await warmClientOf();
        api.redirect('/jobs', '/jobs/1', 303);
        api.on('/jobs/1', ({ received, answer }) => answer(received.token === 'token-1' ? 401 : 200));
        const { status } = await client.send({ url: `${api.origin}/jobs`, body: { text: 'do it' } });
        expect(api.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
        expect(status).toBe(traits.tellsOfRedirects ? 200 : 401);
        expect((await client.send({ url: `${api.origin}/jobs/1` })).status).toBe(200);
      });
    });

    describe('what is printed', () => {
      test('of an error of the host does not hold the token', async () => {
        const client = clientOf();
        api.on('/broken', ({ request }) => {
          request.socket.destroy();
        });
        const error = await failureOf(client.send({ url: `${api.origin}/broken` }));
        expect(api.tokens).toEqual(['token-1']);
        expect(printed(error, false)).not.toContain('token-1');
        // Where the host's error leads to the request itself (`error.request`, not enumerable), Node's own request is
        // found there with every header as it was sent. That is the host's to hide: `showHidden` shows it.
        if (!traits.hidesRequestInErrors) expect(printed(error, true)).not.toContain('token-1');
      });

      test('of a failure to get a token does not hold the secret', async () => {
        tokens.answerNext(REFUSED);
        const error = await failureOf(clientOf().send({ url: api.origin }));
        expect(printed(error, true)).not.toContain('the-client-secret');
      });
    });
  });
}

/** Time stands still, so that a slow machine changes nothing about what counts as a moment ago. */
const standingClock = { ...systemClock, monotonicMs: () => 0, wallMs: () => 0 };

function providerOf(tokens: TokenServer): TokenProvider {
  return new TokenProvider({
    tokenUrl: tokens.url,
    clientId: 'client',
    clientSecret: 'the-client-secret',
    retry: { retries: 0 },
    clock: standingClock,
  });
}

function unsafeSource(): TokenSource {
  const fields = { value: 'two\r\nx-injected: lines', tokenType: 'Bearer', id: 'unsafe', expiresAtMs: Number.NaN };
  return { getToken: async () => new AccessToken(fields), invalidate: async () => false };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  expect(outcome).toHaveProperty('error');
  return (outcome as { error: unknown }).error;
}

/** The error of ours, itself or as a cause. */
export function tokenflightErrorIn(error: unknown): TokenflightError | undefined {
  for (let link = error, depth = 0; depth < 5; depth++) {
    if (isTokenflightError(link)) return link;
    link = (link as { cause?: unknown } | undefined)?.cause;
  }
  return undefined;
}

/** All that a careless log line could show of an error. */
export function printed(error: unknown, showHidden: boolean): string {
  const parts = [inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden }), String(error), json(error)];
  for (let link = error; link instanceof Error; link = link.cause) parts.push(link.stack ?? '', json(link));
  return parts.join('\n');
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return ''; // circular: it cannot be logged this way
  }
}

/** What a request carried, with the boundary of multipart bodies, which is drawn anew each time, made the same. */
function withoutBoundary({ method, path, headers, body }: ReceivedRequest): Record<string, unknown> {
  const { authorization: _, 'content-type': type = '', ...further } = headers;
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
  const unified = (text: string): string => (boundary ? text.replaceAll(boundary, 'BOUNDARY') : text);
  return { method, path, ...further, 'content-type': unified(type), body: unified(body.toString('latin1')) };
}

/** What of a body must stand on the wire; all of it, save for multipart. */
function expectedParts(body: CallBody | undefined): readonly string[] {
  if (body === undefined) return [''];
  if ('text' in body) return [Buffer.from(body.text).toString('latin1')];
  if ('bytes' in body) return [Buffer.from(body.bytes).toString('latin1')];
  if ('form' in body) return [new URLSearchParams(body.form).toString()];
  if ('json' in body) return [JSON.stringify(body.json)];
  return ['name="field"', Buffer.from('grüße').toString('latin1'), 'filename="table.csv"', 'text/csv', 'some\r\nbytes'];
}
