import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Arrivals } from '../servers/arrivals.ts';
import { LoopbackServer } from '../servers/loopback-server.ts';

/** A token request as it came over the wire. */
export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answering = (response: ServerResponse) => unknown;

/** A token endpoint on a real socket of this machine. */
export interface LoopbackEndpoint {
  readonly url: URL;
  /** The requests that have come in whole. */
  readonly received: Arrivals<ReceivedRequest>;
}

/** Runs against an endpoint that answers each request so, and closes it. */
export async function against(answering: Answering, run: (endpoint: LoopbackEndpoint) => Promise<void>): Promise<void> {
  const received = new Arrivals<ReceivedRequest>();
  const server = await LoopbackServer.start((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      answering(response);
      received.add({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') });
    });
  });
  try {
    await run({ url: new URL('/api/v2/token?tenant=1', server.origin), received });
  } finally {
    await server.close();
  }
}
