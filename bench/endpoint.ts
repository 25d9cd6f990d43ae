import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A token endpoint on loopback that counts what it is asked, answers after a while and can be told to refuse. */
export interface Endpoint {
  readonly tokenUrl: string;
  readonly requests: number;
  status: number;
  latencyMs: number;
  close(): void;
}

export async function startEndpoint(): Promise<Endpoint> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    const count = ++requests;
    request.resume();
    await wait(endpoint.latencyMs);
    const granted = { access_token: `token-${count}`, token_type: 'Bearer', expires_in: 3_600, refresh_token: 'next' };
    const body = endpoint.status === 200 ? granted : { error: 'temporarily_unavailable' };
    response.writeHead(endpoint.status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  // A client that is measured finds its connection closed by nobody, however long others have had their turn.
  server.keepAliveTimeout = 600_000;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 20_000 });
  await once(server, 'listening');
  const endpoint = {
    tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    get requests() {
      return requests;
    },
    status: 200,
    latencyMs: 0,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return endpoint;
}

/** What a hand-written client does to get a token. */
export async function askForToken(tokenUrl: string): Promise<{ access_token: string; expires_in: number }> {
  const authorization = `Basic ${btoa('client:secret')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const response = await fetch(tokenUrl, { method: 'POST', headers: { authorization }, body });
  if (!response.ok) throw new Error(`the token endpoint answered ${response.status}`);
  return (await response.json()) as { access_token: string; expires_in: number };
}
