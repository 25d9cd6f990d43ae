// What the adapters add to an API request: each client with a fixed header, the same once more, and with a token attached
// for each request. The second shows how much of a difference is chance. Where a client makes those pay who attach
// anything to its requests, that is measured as well: the same header, attached by the least that does it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import got from 'got';
import { Agent, request } from 'undici';
import { attachBearer } from '../dist/adapters/axios.js';
import { bearerFetch } from '../dist/adapters/fetch.js';
import { bearerHooks } from '../dist/adapters/got.js';
import { bearerInterceptor } from '../dist/adapters/undici.js';
import { TokenProvider } from '../dist/index.js';
import { progress, report } from './report.ts';
import type { Row } from './result.ts';
import { roundsWithin } from './rounds.ts';
import { median, ratios, rounded, shuffled, spreadOf, uncertaintyOf } from './statistics.ts';

const ROUNDS = 300;
const SECONDS = 25;
const WARM_UP_ROUNDS = 10;
const REQUESTS = 20;

if (process.send !== undefined) {
  // The API, in a process of its own so that its work is not counted.
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  server.keepAliveTimeout = 60_000;
  await once(server, 'listening');
  process.once('disconnect', () => process.exit());
  process.send((server.address() as AddressInfo).port);
} else {
  const api = fork(fileURLToPath(import.meta.url));
  const [port] = await once(api, 'message');
  await measure(`http://127.0.0.1:${port}`);
  api.disconnect();
}

type Send = () => Promise<unknown>;

interface Client {
  readonly fixed: Send;
  /** The fixed header in the way that the adapter takes, by what the way is called. */
  readonly attached?: readonly [way: string, send: Send];
  readonly tokenflight: Send;
}

function clientsFor(origin: string): Readonly<Record<string, Client>> {
  const provider = new TokenProvider({
    tokenUrl: 'https://auth.example/token',
    clientId: 'client',
    clientSecret: 'secret',
    transport: async () => Response.json({ access_token: 'token', token_type: 'Bearer', expires_in: 86_400 }),
  });
  const url = `${origin}/things`;
  const headers = { authorization: 'Bearer token' };
  const bearer = { origins: origin };

  const fetchWithTokens = bearerFetch(provider, bearer);
  const gotFixed = got.extend({ headers });
  const gotHooked = got.extend({
    handlers: [(options, next) => next(options)],
    hooks: {
      beforeRequest: [async (options) => void Object.assign(options.headers, headers)],
      afterResponse: [async (response) => response],
    },
  });
  const gotWithTokens = got.extend(bearerHooks(provider, bearer));
  const agent = new Agent();
  const agentIntercepted = agent.compose(
    (dispatch) => (options, handler) => dispatch({ ...options, headers: { ...options.headers, ...headers } }, handler),
  );
  const agentWithTokens = agent.compose(bearerInterceptor(provider, bearer));
  const axiosFixed = axios.create({ headers });
  const axiosBelow = axios.create({ transformRequest: [], transformResponse: [] });
  const axiosNested = axios.create({
    adapter: (config) => axiosBelow.request({ ...config, adapter: 'http', headers: { ...config.headers, ...headers } }),
  });
  const axiosWithTokens = axios.create();
  attachBearer(axiosWithTokens, provider, bearer);
  return {
    fetch: {
      fixed: async () => (await fetch(url, { headers })).text(),
      tokenflight: async () => (await fetchWithTokens(url)).text(),
    },
    got: {
      fixed: () => gotFixed(url).text(),
      attached: ['hooks', () => gotHooked(url).text()],
      tokenflight: () => gotWithTokens(url).text(),
    },
    undici: {
      fixed: async () => (await request(url, { dispatcher: agent, headers })).body.text(),
      attached: ['an interceptor', async () => (await request(url, { dispatcher: agentIntercepted })).body.text()],
      tokenflight: async () => (await request(url, { dispatcher: agentWithTokens })).body.text(),
    },
    axios: {
      fixed: () => axiosFixed.get(url),
      attached: ['an instance below', () => axiosNested.get(url)],
      tokenflight: () => axiosWithTokens.get(url),
    },
  };
}

async function measure(origin: string): Promise<void> {
  const rows: Row[] = [];
  for (const [client, { fixed, attached, tokenflight }] of Object.entries(clientsFor(origin))) {
    const arms = [
      { name: `${client}, fixed header`, send: fixed },
      { name: `${client}, fixed header, once more`, send: fixed },
      ...(attached ? [{ name: `${client}, fixed header by ${attached[0]}`, send: attached[1] }] : []),
      { name: `tokenflight/${client}`, send: tokenflight, target: 1.02 },
    ].map((arm) => ({ ...arm, p50Us: [] as number[], cpuUs: [] as number[] }));
    for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const { send } of arms) await costOf(send);
    for (const round of roundsWithin(SECONDS, ROUNDS)) {
      progress(`inject: ${client}, round ${round} of ${ROUNDS}`);
      for (const { send, p50Us, cpuUs } of shuffled(arms)) {
        const cost = await costOf(send);
        p50Us.push(cost.p50Us);
        cpuUs.push(cost.cpuUs);
      }
    }
    const [floor] = arms as [(typeof arms)[0], ...typeof arms];
    for (const { name, p50Us, cpuUs, target } of arms) {
      const p50 = ratios(p50Us, floor.p50Us);
      const cpu = ratios(cpuUs, floor.cpuUs);
      rows.push({
        name,
        figures: {
          'p50 µs': spreadOf(p50Us, 0),
          'p50 ratio': spreadOf(p50, 3),
          'p50 ± (95 %)': rounded(uncertaintyOf(p50), 3),
          'CPU µs': spreadOf(cpuUs, 0),
          'CPU ratio': spreadOf(cpu, 3),
          'CPU ± (95 %)': rounded(uncertaintyOf(cpu), 3),
          rounds: cpu.length,
        },
        ...(target && { targets: { 'p50 ratio': target, 'CPU ratio': target } }),
      });
    }
  }
  report('inject', 'one API request after the other over loopback, beside: the same client with a fixed header', rows);
}

async function costOf(send: Send): Promise<{ p50Us: number; cpuUs: number }> {
  const us: number[] = [];
  const before = process.cpuUsage();
  for (let count = 0; count < REQUESTS; count++) {
    const startedMs = performance.now();
    await send();
    us.push((performance.now() - startedMs) * 1_000);
  }
  const { user, system } = process.cpuUsage(before);
  return { p50Us: median(us), cpuUs: (user + system) / REQUESTS };
}
