// A token endpoint and an API, a process of their own. Told over IPC how to behave; tells its port and what it saw.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface ServerSettings {
  readonly tokenLifetimeMs: number;
  readonly latencyMs: number;
  /** After each token the endpoint is down between these ages of it. */
  readonly outage: { readonly fromMs: number; readonly untilMs: number } | undefined;
}

export interface ServerReport {
  /** When each token request came, in milliseconds since the server began. */
  readonly tokenRequestsMs: readonly number[];
  /** Those of them that were refused. */
  readonly refusalsMs: readonly number[];
  readonly apiCalls: number;
  readonly apiRejections: number;
}

const settings = await new Promise<ServerSettings>((resolve) => process.once('message', resolve as never));
const tokenRequestsMs: number[] = [];
const validUntil = new Map<string, number>();
const refusalsMs: number[] = [];
let [apiCalls, apiRejections, issued] = [0, 0, 0];
let lastIssuedMs = Number.NEGATIVE_INFINITY;

const isDown = (): boolean => {
  const ageMs = performance.now() - lastIssuedMs;
  return settings.outage !== undefined && ageMs >= settings.outage.fromMs && ageMs < settings.outage.untilMs;
};

const server = createServer(async (request, response) => {
  request.resume();
  if (request.url === '/token') {
    tokenRequestsMs.push(performance.now());
    if (isDown()) {
      refusalsMs.push(performance.now());
      request.socket.destroy();
      return;
    }
    await delay(settings.latencyMs);
    const access_token = `token-${++issued}`;
    lastIssuedMs = performance.now();
    validUntil.set(access_token, lastIssuedMs + settings.tokenLifetimeMs);
    response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: settings.tokenLifetimeMs / 1_000 }));
    return;
  }
  apiCalls++;
  const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
  const isValid = (validUntil.get(token) ?? 0) > performance.now();
  if (!isValid) apiRejections++;
  response.statusCode = isValid ? 200 : 401;
  response.end('{}');
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => {
  const report: ServerReport = { tokenRequestsMs, refusalsMs, apiCalls, apiRejections };
  process.send?.(report);
});
process.on('disconnect', () => process.exit());
