// The token endpoint and the API of `stall` and `outage`, in a process of their own. The API lets in only whoever shows a
// token that was granted here and has not ended by this clock.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** How the token endpoint treats one client, whose address for it is `/token/<id>`. */
export interface ClientPlan {
  readonly id: string;
  readonly lifetimeSeconds: number;
  readonly latencyMs: number;
  readonly trouble?: Trouble | undefined;
}

/** What happens to requests that come so long after the client's first token. */
export interface Trouble {
  /** Answered with 503, or only when the trouble is over. */
  readonly kind: 'refusing' | 'hanging';
  readonly fromMs: number;
  readonly toMs: number;
}

interface Client extends ClientPlan {
  /** When a token was asked for. */
  readonly askedMs: number[];
  firstGrantMs?: number;
}

const clients = new Map<string, Client>();
const endsMs = new Map<string, number>();
let granted = 0;

async function answerTokenRequest(client: Client, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const nowMs = performance.now();
  client.askedMs.push(nowMs);
  let form = '';
  for await (const part of request) form += part;
  await wait(client.latencyMs);

  const { trouble, firstGrantMs = Number.POSITIVE_INFINITY } = client;
  const ageMs = nowMs - firstGrantMs;
  if (trouble && ageMs >= trouble.fromMs && ageMs < trouble.toMs) {
    if (trouble.kind === 'refusing') {
      send(response, 503, { error: 'temporarily_unavailable' });
      return;
    }
    await wait(Math.max(0, trouble.toMs - (performance.now() - firstGrantMs)));
  }
  const token = `token-${client.id.replaceAll(/\W/g, '-')}-${++granted}`;
  client.firstGrantMs ??= performance.now();
  endsMs.set(token, performance.now() + client.lifetimeSeconds * 1_000);
  send(response, 200, {
    access_token: token,
    token_type: 'Bearer',
    expires_in: client.lifetimeSeconds,
    ...(form.includes('grant_type=refresh_token') && { refresh_token: 'refresh' }),
  });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://site.example');
  if (!pathname.startsWith('/token/')) {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    const isGood = performance.now() < (endsMs.get(token) ?? 0);
    send(response, isGood ? 200 : 401, {});
    return;
  }
  const client = clients.get(decodeURIComponent(pathname.slice('/token/'.length)));
  if (client === undefined) send(response, 404, {});
  else void answerTokenRequest(client, request, response);
});
// Idle connections are kept longer than any run: a client that finds one closed would pay for it with a failed call.
server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 5_000 });
await once(server, 'listening');

process.on('message', (message: { readonly open: ClientPlan } | { readonly count: string }) => {
  if ('open' in message) {
    clients.set(message.open.id, { ...message.open, askedMs: [] });
    process.send?.({ opened: message.open.id });
  } else process.send?.({ counted: message.count, askedMs: clients.get(message.count)?.askedMs ?? [] });
});
process.once('disconnect', () => process.exit());
process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
