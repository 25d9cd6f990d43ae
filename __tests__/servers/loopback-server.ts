import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Certificate } from './self-signed.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server on a free loopback port: HTTP/1.1, or with a certificate HTTP/2 and HTTP/1.1 over TLS. */
export class LoopbackServer {
  /** `http://127.0.0.1:…`. */
  readonly origin: string;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, scheme: string, sockets: ReadonlySet<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.origin = `${scheme}://127.0.0.1:${this.port}`;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async start(listener: Listener, certificate?: Certificate): Promise<LoopbackServer> {
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      try {
        await listener(request, response);
      } catch (error) {
        response.destroy(error as Error); // the client ends, and with it the test
      }
    };
    const server: Server =
      certificate === undefined
        ? createServer((request, response) => void serve(request, response))
        : createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
            // HTTP/2's compatibility API is the same as far as tests go.
            void serve(request as unknown as IncomingMessage, response as unknown as ServerResponse);
          });
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LoopbackServer(server, certificate === undefined ? 'http' : 'https', sockets);
  }

  /** Ends the connections that clients keep alive as well, so that no test leaves a handle behind. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
