import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { bearerInterceptor } from '../../src/adapters/undici.ts';
import { ApiServer, type Exchange } from '../servers/api-server.ts';
import { Gate } from '../servers/gate.ts';
import { selfSignedCertificate } from '../servers/self-signed.ts';
import { failureOf } from './contract/errors.ts';
import { ContractRig } from './contract/rig.ts';
import { undiciClients } from './undici-client.ts';

/** Servers and connections at their worst. */
export function undiciOnTheWire(name: string, undici: typeof Undici): void {
  describe(`${name} on the wire:`, () => {
    const rig = new ContractRig(undiciClients(undici));
    const dispatchers: Dispatcher[] = [];
    let agent: Dispatcher;

    const composed = (dispatcher: Dispatcher, origins = rig.api.origin): Dispatcher => {
      dispatchers.push(dispatcher);
      return dispatcher.compose(bearerInterceptor(rig.provider, { origins }));
    };
    const get = (path: string, more: Partial<Dispatcher.RequestOptions> = {}): Dispatcher.RequestOptions => ({
      origin: rig.api.origin,
      path,
      method: 'GET',
      ...more,
    });
    /** Answers `token-1` with what is given, and every other token with 200. */
    const onFirstToken = (
      path: string,
      answer: (exchange: Exchange) => void | Promise<void>,
      isEarly = false,
    ): void => {
      const handler = (exchange: Exchange): void | Promise<void> =>
        exchange.received.token === 'token-1' ? answer(exchange) : exchange.answer(200, 'welcome');
      rig.api.on(path, handler, { isEarly });
    };

    beforeEach(async () => {
      agent = composed(new undici.Agent());
      await rig.provider.getToken();
    });
    afterEach(async () => {
      await Promise.all(dispatchers.splice(0).map((dispatcher) => dispatcher.destroy()));
    });

    const outcomeOf = async (
      options: Dispatcher.RequestOptions,
      through = agent,
    ): Promise<readonly [number, string]> => {
      const { statusCode, body } = await through.request(options);
      return [statusCode, await body.text()];
    };

    test.each(['with its length', 'in chunks', 'without a body'])(
      'the connection of a 401 %s serves the repetition, and is the only one',
      async (how) => {
        const ports = new Set<number | undefined>();
        rig.api.on('/kept', ({ received, request, response, answer }) => {
          ports.add(request.socket.remotePort);
          if (received.token !== 'token-1') return answer(200, 'welcome');
          if (how === 'in chunks') response.writeHead(401).write('in ');
          else response.writeHead(401, { 'content-length': how === 'without a body' ? 0 : 6 });
          response.end(how === 'without a body' ? '' : 'chunks'.slice(0, 6));
        });
        const single = composed(new undici.Pool(rig.api.origin, { connections: 1 }));
        expect(await outcomeOf(get('/kept', { method: 'POST', body: 'text' }), single)).toEqual([200, 'welcome']);
        expect(ports.size).toBe(1);
      },
    );

    test.each(['Agent', 'Client'] as const)(
      'an endless 401 is let go, and does not hold up the repetition: %s',
      async (kind) => {
        const closed = new Promise<void>((resolve) => {
          onFirstToken('/endless', ({ response }) => {
            response.on('close', resolve).writeHead(401).write('and so on');
          });
        });
        const through = kind === 'Agent' ? agent : composed(new undici.Client(rig.api.origin));
        expect(await outcomeOf(get('/endless'), through)).toEqual([200, 'welcome']);
        await closed;
      },
    );

    test('a large 401 is not read through', async () => {
      onFirstToken('/large', ({ response }) => void response.writeHead(401).end(Buffer.alloc(64 * 1_048_576)));
      expect(await outcomeOf(get('/large'))).toEqual([200, 'welcome']);
    });

    test('a 401 to HEAD is repeated', async () => {
      rig.api.rejected.add('token-1');
      const single = composed(new undici.Client(rig.api.origin));
      expect(await outcomeOf(get('/head', { method: 'HEAD' }), single)).toEqual([200, '']);
      expect(await outcomeOf(get('/next'), single)).toEqual([200, 'welcome']);
      expect(rig.api.tokens).toEqual(['token-1', 'token-2', 'token-2']);
    });

    test('a 401 whose connection breaks off in its body is repeated', async () => {
      onFirstToken('/broken', ({ response }) => {
        response.writeHead(401, { 'content-length': 100 }).write('half', () => response.destroy());
      });
      expect(await outcomeOf(get('/broken'))).toEqual([200, 'welcome']);
    });

    test('a 401 that stands and whose connection breaks off breaks off for the caller', async () => {
      onFirstToken('/broken', ({ response }) => {
        response.writeHead(401, { 'content-length': 100 }).write('half', () => response.destroy());
      });
      const { statusCode, body } = await agent.request(
        get('/broken', { method: 'PUT', body: Readable.from(['text']) }),
      );
      expect(statusCode).toBe(401);
      expect(await failureOf(body.text())).toMatchObject({ code: 'UND_ERR_SOCKET' });
    });

    test('a 401 that stands comes as a stream', async () => {
      const gate = new Gate();
      gate.shut();
      onFirstToken('/streamed', async ({ response }) => {
        response.writeHead(401).write('first');
        await gate.pass();
        response.end('last');
      });
      const { body } = await agent.request(get('/streamed', { method: 'PUT', body: Readable.from(['text']) }));
      const chunks: string[] = [];
      for await (const chunk of body) {
        chunks.push(String(chunk));
        gate.open();
      }
      expect(chunks).toEqual(['first', 'last']);
    });

    test('a 401 in the middle of an upload from memory is repeated whole', async () => {
      const body = Buffer.alloc(1_048_576, 'x');
      onFirstToken('/upload', ({ answer }) => answer(401), true);
      rig.api.rejected.add('token-1');
      const [status] = await outcomeOf(get('/upload', { method: 'PUT', body }));
      expect(status).toBe(200);
    });

    test('a 401 in the middle of an upload from a stream that has not ended is handed over', async () => {
      onFirstToken('/upload', ({ answer }) => answer(401, 'enough'), true);
      const body = new Readable({ read() {} });
      body.push('the rest comes after the answer');
      expect(await outcomeOf(get('/upload', { method: 'PUT', body }))).toEqual([401, 'enough']);
      body.destroy();
    });

    test('informational answers go through, before a 401 and before the last answer', async () => {
      rig.api.on('/hints', async ({ received, response, answer }) => {
        await new Promise<void>((resolve) => response.writeEarlyHints({ link: '</style.css>; rel=preload' }, resolve));
        if (received.token === 'token-1') answer(401);
        else answer(200, 'welcome');
      });
      const informed: number[] = [];
      const onInfo = ({ statusCode }: { statusCode: number }): void => void informed.push(statusCode);
      expect(await outcomeOf(get('/hints', { onInfo }))).toEqual([200, 'welcome']);
      expect(informed).toEqual([103, 103]);
    });

    test('trailers arrive', async () => {
      rig.api.rejected.add('token-1');
      rig.api.on('/trailers', ({ received, response }) => {
        response.writeHead(received.token === 'token-1' ? 401 : 200, { trailer: 'x-sum' });
        response.write('text');
        response.addTrailers({ 'x-sum': received.token ?? '' });
        response.end();
      });
      const { body, trailers } = await agent.request(get('/trailers'));
      await body.text();
      expect(trailers).toEqual({ 'x-sum': 'token-2' });
    });

    test('raw headers are handed over', async () => {
      rig.api.rejected.add('token-1');
      const { statusCode, headers } = await agent.request(get('/raw', { responseHeaders: 'raw' }));
      expect(statusCode).toBe(200);
      expect(JSON.stringify(headers).toLowerCase()).toContain('content-type');
    });

    test('a slow reader holds the server up, also after a repetition', async () => {
      const size = 16 * 1_048_576;
      let finished = false;
      onFirstToken('/slow', ({ answer }) => answer(401));
      rig.api.on('/slow', ({ received, response, answer }) => {
        if (received.token === 'token-1') return answer(401);
        response.on('finish', () => {
          finished = true;
        });
        response.writeHead(200).end(Buffer.alloc(size));
      });
      const { body } = await agent.request(get('/slow'));
      let [read, wasFinished] = [0, true];
      for await (const chunk of body) {
        if (read === 0) {
          for (let turns = 0; turns < 50; turns++) await turn();
          wasFinished = finished;
        }
        read += (chunk as Buffer).length;
      }
      expect([read, wasFinished]).toEqual([size, false]);
    });

    test('an answer that is not wanted any more is let go, also after a repetition', async () => {
      const closed = new Promise<void>((resolve) => {
        rig.api.on('/unwanted', ({ received, response, answer }) => {
          if (received.token === 'token-1') return answer(401);
          response.on('close', resolve).writeHead(200).write('and so on');
        });
      });
      const { body } = await agent.request(get('/unwanted'));
      body.on('error', () => {}).destroy();
      await closed;
    });

    test('a repetition that fails is one error, and the token is not in it', async () => {
      rig.api.on('/gone', ({ received, request, answer }) => {
        if (received.token === 'token-1') answer(401);
        else request.socket.destroy();
      });
      expect(await failureOf(agent.request(get('/gone')))).toMatchObject({ code: 'UND_ERR_SOCKET' });
      expect(rig.api.tokens).toEqual(['token-1', 'token-2']);
    });

    test('pipelined requests each get past their 401', async () => {
      rig.api.rejected.add('token-1');
      const client = composed(new undici.Client(rig.api.origin, { pipelining: 10 }));
      const paths = Array.from({ length: 30 }, (_, call) => `/${call}`);
      const outcomes = await Promise.all(paths.map((path) => outcomeOf(get(path), client)));
      expect(outcomes).toEqual(paths.map(() => [200, 'welcome']));
      expect(rig.tokens.requests).toHaveLength(2);
    });

    describe('over HTTP/2', () => {
      let secure: ApiServer;
      let over: Dispatcher;
      beforeEach(async () => {
        secure = await ApiServer.start(selfSignedCertificate());
        const options = { allowH2: true, connect: { rejectUnauthorized: false } };
        over = composed(new undici.Agent(options), secure.origin);
      });
      afterEach(async () => {
        await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
        await secure.close();
      });
      const at = (path: string, more: Partial<Dispatcher.RequestOptions> = {}): Dispatcher.RequestOptions =>
        get(path, { origin: secure.origin, ...more });

      test('requests carry the token and get past a 401, on one session', async () => {
        const sessions = new Set<unknown>();
        secure.on('/kept', ({ received, request, answer }) => {
          sessions.add((request as unknown as { stream: { session: unknown } }).stream.session);
          if (received.token === 'token-1') answer(401, 'who are you?');
          else answer(200, 'welcome');
        });
        expect(await outcomeOf(at('/kept', { method: 'POST', body: 'text' }), over)).toEqual([200, 'welcome']);
        expect(await outcomeOf(at('/kept'), over)).toEqual([200, 'welcome']);
        expect(secure.tokens).toEqual(['token-1', 'token-2', 'token-2']);
        expect(sessions.size).toBe(1);
      });

      test('an endless 401 is let go', async () => {
        const closed = new Promise<void>((resolve) => {
          secure.on('/endless', ({ received, response, answer }) => {
            if (received.token !== 'token-1') return answer(200, 'welcome');
            response.on('close', resolve).writeHead(401).write('and so on');
          });
        });
        expect(await outcomeOf(at('/endless'), over)).toEqual([200, 'welcome']);
        await closed;
      });

      test('a 401 to a body from a stream is handed over', async () => {
        secure.rejected.add('token-1');
        const options = at('/stream', { method: 'PUT', body: Readable.from(['one ', 'two']) });
        expect(await outcomeOf(options, over)).toEqual([401, 'who are you?']);
      });

      test('many requests at once get past their 401 with one token request', async () => {
        secure.rejected.add('token-1');
        const outcomes = await Promise.all(Array.from({ length: 50 }, (_, call) => outcomeOf(at(`/${call}`), over)));
        expect(outcomes).toEqual(Array.from({ length: 50 }, () => [200, 'welcome']));
        expect(rig.tokens.requests).toHaveLength(2);
      });
    });
  });
}
