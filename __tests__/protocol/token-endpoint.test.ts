import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { TokenEndpointUnreachableError } from '../../src/errors/token-endpoint-unreachable-error.ts';
import { TokenResponseError } from '../../src/errors/token-response-error.ts';
import { fixedServer } from '../../src/protocol/authorization-server.ts';
import { clientSecretBasic, clientSecretPost, none } from '../../src/protocol/client-authentication.ts';
import { clientCredentials, grant } from '../../src/protocol/grant.ts';
import type { TokenGrant } from '../../src/protocol/token-answer.ts';
import {
  LARGEST_ANSWER_BYTES,
  prepareTokenRequest,
  sendTokenRequest,
  type TokenEndpoint,
} from '../../src/protocol/token-endpoint.ts';
import { platformTransport } from '../../src/protocol/transport.ts';
import { canonicalTokenRequest, type TokenRequest } from '../../src/values/token-request.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { type Answering, against } from './loopback-endpoint.ts';

const SECRET = 's3cr3t+not/to:be seen';
const BASIC = `Basic ${Buffer.from('the+client:s3cr3t%2Bnot%2Fto%3Abe+seen').toString('base64')}`;
const never = new AbortController().signal;

const endpointAt = (url: URL, parts: Partial<TokenEndpoint> = {}): TokenEndpoint => ({
  server: fixedServer({ tokenUrl: url }),
  dpop: undefined,
  clientAuthentication: clientSecretBasic('the client', SECRET),
  grant: clientCredentials(),
  transport: platformTransport,
  clock: new FakeClock(),
  ...parts,
});

async function ask(endpoint: TokenEndpoint, request: TokenRequest = {}, signal = never): Promise<TokenGrant> {
  return sendTokenRequest(endpoint, await prepareTokenRequest(endpoint, canonicalTokenRequest(request)), signal);
}

const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answering =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const granting = json(200, { access_token: 'eyJ.token', expires_in: 900, token_type: 'Bearer' });

/** The error that a promise rejects with, none of whose parts shows the secret in any spelling. */
async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error = (await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )) as Error;
  const shown = inspect(error, { depth: null, showHidden: true, getters: true });
  for (const spelling of [SECRET, encodeURIComponent(SECRET), 's3cr3t', BASIC.slice(6)])
    expect(shown).not.toContain(spelling);
  return error;
}

describe('a token request on the wire', () => {
  it('is one POST of a form with the credentials in the header', async () => {
    await against(granting, async (server) => {
      expect(await ask(endpointAt(server.url))).toMatchObject({ value: 'eyJ.token', lifetimeMs: 900_000 });
      expect(server.received.all).toHaveLength(1);
      expect(server.received.all[0]).toMatchObject({
        method: 'POST',
        path: '/api/v2/token?tenant=1',
        body: 'grant_type=client_credentials',
        headers: {
          accept: 'application/json',
          authorization: BASIC,
          'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
          'content-length': '29',
        },
      });
    });
  });

  it('carries everything that was asked for, each field in its own form', async () => {
    await against(granting, async (server) => {
      const endpoint = endpointAt(server.url, {
        clientAuthentication: clientSecretPost('the client', SECRET),
        grant: grant('urn:example:badge', { badge: ['1', '2'], floor: 'ü' }),
      });
      await ask(endpoint, {
        scope: 'write read',
        audience: ['https://b.example', 'https://a.example'],
        resource: 'https://r.example/1',
        authorizationDetails: [{ type: 'account' }],
        parameters: { tenant: 'one & two' },
      });
      expect([...new URLSearchParams(server.received.all[0]?.body)]).toEqual([
        ['grant_type', 'urn:example:badge'],
        ['scope', 'read write'],
        ['audience', 'https://a.example'],
        ['audience', 'https://b.example'],
        ['resource', 'https://r.example/1'],
        ['authorization_details', '[{"type":"account"}]'],
        ['tenant', 'one & two'],
        ['badge', '1'],
        ['badge', '2'],
        ['floor', 'ü'],
        ['client_id', 'the client'],
        ['client_secret', SECRET],
      ]);
      expect(server.received.all[0]?.headers.authorization).toBeUndefined();
    });
  });

  it('of a public client names it and proves nothing', async () => {
    await against(granting, async (server) => {
      await ask(endpointAt(server.url, { clientAuthentication: none('app') }));
      expect(server.received.all[0]?.body).toBe('grant_type=client_credentials&client_id=app');
      expect(server.received.all[0]?.headers.authorization).toBeUndefined();
    });
  });
});

describe('an answer from the wire', () => {
  it('may begin with a byte order mark and come in pieces', async () => {
    const answering: Answering = (response) => {
      const bytes = Buffer.from('\ufeff{"access_token":"eyJ.token","note":"ü"}');
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    };
    await against(answering, async (server) => {
      expect(await ask(endpointAt(server.url))).toMatchObject({ value: 'eyJ.token', response: { note: 'ü' } });
    });
  });

  it.each([301, 302, 303, 307, 308])('that redirects (%d) is not followed', async (status) => {
    await against(json(status, {}, { location: '/elsewhere' }), async (server) => {
      const error = await failureOf(ask(endpointAt(server.url)));
      expect(error).toBeInstanceOf(TokenResponseError);
      expect(error).toMatchObject({ status, retryable: false });
      expect(server.received.all.map(({ path }) => path)).toEqual(['/api/v2/token?tenant=1']);
    });
  });

  it('is read up to 1 MiB and not a byte further', async () => {
    const ofSize =
      (bytes: number): Answering =>
      (response) => {
        const head = '{"access_token":"eyJ.token","padding":"';
        response.end(`${head}${'x'.repeat(bytes - head.length - 2)}"}`);
      };
    await against(ofSize(LARGEST_ANSWER_BYTES), async (server) => {
      expect(await ask(endpointAt(server.url))).toMatchObject({ value: 'eyJ.token' });
    });
    await against(ofSize(LARGEST_ANSWER_BYTES + 1), async (server) => {
      const error = await failureOf(ask(endpointAt(server.url)));
      expect(error).toBeInstanceOf(TokenResponseError);
      expect(error).toMatchObject({ status: 200, excerpt: '', retryable: false });
      expect(error.message).toContain('over 1048576 bytes');
    });
  });

  it('that refuses is told with the wait that was asked for, against the clock of the server', async () => {
    const late = { 'retry-after': 'Tue, 01 Jan 2030 00:02:00 GMT', date: 'Tue, 01 Jan 2030 00:01:30 GMT' };
    await against(json(429, { error: 'slow_down', error_description: `no ${SECRET}` }, late), async (server) => {
      const error = await failureOf(ask(endpointAt(server.url)));
      expect(error).toMatchObject({ status: 429, retryAfterMs: 30_000, errorDescription: 'no [redacted]' });
    });
  });
});

describe('a token endpoint that breaks off', () => {
  const half = '{"access_token":"eyJ.tok';
  it.each<[string, Answering]>([
    ['before it answers', (response) => response.socket?.resetAndDestroy()],
    [
      'in the middle of its answer',
      (response) => response.writeHead(200, { 'content-length': 100 }).write(half, () => response.socket?.destroy()),
    ],
    ['in the middle of a chunked answer', (response) => response.write(half, () => response.socket?.resetAndDestroy())],
    ['with something that is no HTTP', (response) => response.socket?.end('hello\r\n\r\n')],
  ])('%s is unreachable', async (_, answering) => {
    await against(answering, async (server) => {
      const error = await failureOf(ask(endpointAt(server.url)));
      expect(error).toBeInstanceOf(TokenEndpointUnreachableError);
      expect(error).toMatchObject({ retryable: true, cause: { name: 'TypeError' } });
      expect(inspect(error)).not.toContain('eyJ');
    });
  });

  it('is unreachable where nobody listens, and the cause says why', async () => {
    let closed = new URL('http://127.0.0.1');
    await against(granting, async ({ url }) => {
      closed = url;
    });
    const error = await failureOf(ask(endpointAt(closed)));
    expect(error).toBeInstanceOf(TokenEndpointUnreachableError);
    expect(error.cause).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } });
  });

  it.each<[string, () => Promise<Response>]>([
    [
      'rejects with the form in hand',
      () => Promise.reject(Object.assign(new Error(`POST ${SECRET}`), { body: SECRET })),
    ],
    ['rejects with a text', () => Promise.reject(`POST ${SECRET}`)],
    [
      'throws',
      () => {
        throw new Error(`POST ${encodeURIComponent(SECRET)}`);
      },
    ],
    ['gives nothing', () => Promise.resolve(undefined as unknown as Response)],
  ])('is unreachable through a transport that %s', async (_, transport) => {
    const error = await failureOf(ask(endpointAt(new URL('https://auth.example/token'), { transport })));
    expect(error).toBeInstanceOf(TokenEndpointUnreachableError);
  });
});

describe('a token request that is aborted', () => {
  const reason = { why: 'the caller has left' };
  it.each<[string, Answering]>([
    ['before the answer', () => {}],
    ['in the middle of the answer', (response) => response.writeHead(200).write('{"access')],
  ])('%s ends with the reason as it is', async (_, answering) => {
    await against(answering, async (server) => {
      const controller = new AbortController();
      const asked = ask(endpointAt(server.url), {}, controller.signal);
      const outcome = expect(asked).rejects.toBe(reason);
      await server.received.reached(1);
      controller.abort(reason);
      await outcome;
    });
  });

  it('beforehand is never sent', async () => {
    await against(granting, async (server) => {
      await expect(ask(endpointAt(server.url), {}, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(server.received.all).toEqual([]);
    });
  });
});
