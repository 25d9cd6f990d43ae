// What the adapters add to an API request: fetch and got with a fixed header, and with a token attached for each request.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import got from 'got';
import { bearerFetch } from '../dist/adapters/fetch.js';
import { bearerHooks } from '../dist/adapters/got.js';
import { TokenProvider } from '../dist/index.js';
import { median } from './interleave.ts';
import { progress, report, round } from './report.ts';

const ROUNDS = 31;
const REQUESTS = 200;

if (process.send !== undefined) {
  // The API, in a process of its own so that its work is not counted.
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send((server.address() as AddressInfo).port);
} else {
  const api = fork(fileURLToPath(import.meta.url));
  const [port] = await once(api, 'message');
  await measure(`http://127.0.0.1:${port}`);
  api.kill();
}

async function measure(origin: string): Promise<void> {
  const provider = new TokenProvider({
    tokenUrl: 'https://auth.example/token',
    clientId: 'client',
    clientSecret: 'secret',
    transport: async () => Response.json({ access_token: 'token', token_type: 'Bearer', expires_in: 86_400 }),
  });
  const headers = { authorization: 'Bearer token' };
  const call = bearerFetch(provider, { origins: origin });
  const fixed = got.extend({ headers });
  const api = got.extend(bearerHooks(provider, { origins: origin }));
  const clients: Readonly<Record<string, () => Promise<unknown>>> = {
    'fetch, fixed header': async () => (await fetch(`${origin}/things`, { headers })).text(),
    'tokenflight/fetch': async () => (await call(`${origin}/things`)).text(),
    'got, fixed header': () => fixed(`${origin}/things`).text(),
    'tokenflight/got': () => api(`${origin}/things`).text(),
  };
  const names = Object.keys(clients);
  const p50 = new Map(names.map((name) => [name, [] as number[]]));
  const cpu = new Map(names.map((name) => [name, [] as number[]]));
  for (let at = -3; at < ROUNDS; at++) {
    progress(`inject: round ${at + 1} of ${ROUNDS}`);
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(at + 3 + turn) % names.length] as string;
      const send = clients[name] as () => Promise<unknown>;
      const ms: number[] = [];
      const before = process.cpuUsage();
      for (let count = 0; count < REQUESTS; count++) {
        const startedMs = performance.now();
        await send();
        ms.push(performance.now() - startedMs);
      }
      const { user, system } = process.cpuUsage(before);
      if (at < 0) continue; // warm-up
      p50.get(name)?.push(median(ms));
      cpu.get(name)?.push((user + system) / REQUESTS);
    }
  }
  const ratio = (figures: Map<string, number[]>, name: string, floor: string): number =>
    round(median((figures.get(name) as number[]).map((value, at) => value / (figures.get(floor)?.[at] as number))));
  report(
    'inject',
    'one API request after the other over loopback',
    names.map((name) => {
      const floor = name.includes('fetch') ? 'fetch, fixed header' : 'got, fixed header';
      return {
        name,
        p50Us: round(median(p50.get(name) as number[]) * 1_000, 0),
        p50Ratio: ratio(p50, name, floor),
        cpuUs: round(median(cpu.get(name) as number[]), 0),
        cpuRatio: ratio(cpu, name, floor),
        ...(name.startsWith('tokenflight') && { target: 1.02 }),
      };
    }),
  );
}
