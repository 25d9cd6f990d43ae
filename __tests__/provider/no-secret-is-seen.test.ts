import diagnostics from 'node:diagnostics_channel';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import got from 'got';
import { bearerFetch } from '../../src/adapters/fetch.ts';
import { bearerHooks } from '../../src/adapters/got.ts';
import { grant } from '../../src/protocol/grant.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';

const CLIENT_SECRET = 'S3cr3t/of+the:client';
const PASSWORD = 'the-p4ssword-of-a-user';
const TOKENS = ['t0ken.aaaa.first', 't0ken.bbbb.second', 't0ken.cccc.third'];
const KEY_IN_QUERY = 'the-f4nction/key';
const ID_TOKEN = 'the-id-t0ken-beside-it';
const SECRETS = [
  CLIENT_SECRET,
  encodeURIComponent(CLIENT_SECRET),
  Buffer.from(`client:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64'),
  PASSWORD,
  KEY_IN_QUERY,
  encodeURIComponent(KEY_IN_QUERY),
  ID_TOKEN,
  ...TOKENS,
];

let answered = 0;
let misbehaviour: 'none' | 'echo' | 'html' | 'cut' | 'redirect' | 'gone' = 'none';
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const said = `${request.headers.authorization} ${Buffer.concat(chunks)} ${request.url}`;
    if (!request.url?.startsWith('/token')) {
      // The API rejects the first token, and echoes what it was sent in its own page.
      response.statusCode = request.headers.authorization?.includes(TOKENS[0] as string) ? 401 : 200;
      response.end('{}');
    } else if (misbehaviour === 'none') {
      const access_token = TOKENS[answered++ % TOKENS.length];
      response.end(JSON.stringify({ access_token, expires_in: 600, token_type: 'Bearer', id_token: ID_TOKEN }));
    } else if (misbehaviour === 'echo') {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: 'invalid_request', error_description: `cannot make sense of ${said}` }));
    } else if (misbehaviour === 'html') {
      response.statusCode = 502;
      response.end(`<html><h1>Bad gateway</h1><pre>${said} ${CLIENT_SECRET}</pre></html>`);
    } else if (misbehaviour === 'cut') {
      response.end(`{"access_token":"${TOKENS[1]}","expires_in":6`);
    } else {
      response.statusCode = 302;
      response.setHeader('location', `/elsewhere?secret=${encodeURIComponent(CLIENT_SECRET)}`);
      response.end();
    }
  });
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function everyWayToPrint(value: unknown): string {
  const texts = [inspect(value, { depth: null, showHidden: true, getters: false }), String(value)];
  if (value instanceof Error) texts.push(value.stack ?? '', String(value.cause));
  const seen = new WeakSet();
  texts.push(
    JSON.stringify(value, (_key, entry: unknown) => {
      if (typeof entry !== 'object' || entry === null) return typeof entry === 'bigint' ? String(entry) : entry;
      if (seen.has(entry)) return '[seen]';
      seen.add(entry);
      return entry;
    }) ?? '',
  );
  return texts.join('\n');
}

// The HTTP clients' own channels that show a request as it is sent, headers and all. Nobody who sends a header can keep
// it from them; SECURITY.md says so.
const SHOWS_THE_REQUEST_AS_SENT = /^(got:request:start|undici:.*)$/;

describe('no token and no secret is seen', () => {
  it('in any event, error, channel message, or by printing provider and token', async () => {
    const printed: string[] = [];
    const record = (name: string) => (message: unknown) => void printed.push(`${name}: ${everyWayToPrint(message)}`);
    const channels = [
      'tokenflight:event',
      'lru-cache:metrics',
      ...['start', 'end', 'asyncStart', 'asyncEnd', 'error'].flatMap((phase) => [
        `tracing:tokenflight:token-request:${phase}`,
        `tracing:lru-cache:${phase}`,
      ]),
      ...['create', 'start', 'retry', 'error'].map((phase) => `got:request:${phase}`),
      ...['start', 'end', 'redirect'].map((phase) => `got:response:${phase}`),
      ...['create', 'bodySent', 'headers', 'trailers', 'error'].map((phase) => `undici:request:${phase}`),
      ...['sendHeaders', 'beforeConnect', 'connected', 'connectError'].map((phase) => `undici:client:${phase}`),
    ].map((name) => ({ name, listener: record(name) }));
    for (const { name, listener } of channels) diagnostics.subscribe(name, listener);
    const failures: unknown[] = [];
    try {
      const provider = new TokenProvider({
        tokenUrl: `${origin}/token?code=${encodeURIComponent(KEY_IN_QUERY)}`,
        transport: (url, init) =>
          misbehaviour === 'gone' ? Promise.reject(new TypeError(`cannot reach ${url}`)) : fetch(url, init),
        clientId: 'client',
        clientSecret: async () => CLIENT_SECRET,
        grant: grant('password', { username: 'user', password: PASSWORD }),
        retry: { retries: 0 },
        coolDown: { minDelayMs: 0, maxDelayMs: 0 },
        forcedRefreshIntervalMs: 0,
      });
      provider.on(record('listener'));
      const call = bearerFetch(provider, { origins: origin });
      const api = got.extend(bearerHooks(provider, { origins: origin }), { retry: { limit: 0 } });
      expect((await call(`${origin}/things`)).status).toBe(200);
      expect(await api(`${origin}/things`).json()).toEqual({});
      const token = await provider.getToken({ parameters: { otp: PASSWORD } });
      printed.push(everyWayToPrint(token), everyWayToPrint(provider), everyWayToPrint({ nested: [token] }), `${token}`);
      for (misbehaviour of ['echo', 'html', 'cut', 'redirect', 'gone'] as const) {
        const wanted = provider.getToken(undefined, { forceRefresh: true });
        failures.push(
          await wanted.then(
            () => 'it did not fail',
            (error: unknown) => error,
          ),
        );
      }
      misbehaviour = 'none';
      await provider.close();
      failures.push(await provider.getToken().catch((error: unknown) => error));
    } finally {
      for (const { name, listener } of channels) diagnostics.unsubscribe(name, listener);
    }
    expect(failures.map((failure) => (failure as { code?: string }).code)).toEqual([
      'ERR_TOKENFLIGHT_REQUEST_REJECTED',
      'ERR_TOKENFLIGHT_RESPONSE',
      'ERR_TOKENFLIGHT_RESPONSE',
      'ERR_TOKENFLIGHT_RESPONSE',
      'ERR_TOKENFLIGHT_UNREACHABLE',
      'ERR_TOKENFLIGHT_PROVIDER_CLOSED',
    ]);
    printed.push(...failures.map(everyWayToPrint));
    const told = printed.join('\n');
    // Only names are compared: a failure here must not itself print what it found.
    const showing = printed.filter((text) => SECRETS.some((secret) => text.includes(secret)));
    const showingChannels = new Set(showing.map((text) => /^[\w:-]+(?=: )/.exec(text)?.[0] ?? 'something printed'));
    expect([...showingChannels].filter((name) => !SHOWS_THE_REQUEST_AS_SENT.test(name))).toEqual([]);
    for (const channel of ['tokenflight:event', 'tracing:tokenflight:token-request:asyncEnd', 'lru-cache:metrics']) {
      expect([channel, told.includes(channel)]).toEqual([channel, true]); // the net was cast
    }
  });
});
