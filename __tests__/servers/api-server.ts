import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Arrivals } from './arrivals.ts';
import { LoopbackServer } from './loopback-server.ts';
import type { Certificate } from './self-signed.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** Of HTTP, such as `1.1`. */
  readonly version: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Every `Authorization` field as it stood on the wire: Node itself shows the first only. */
  readonly authorizations: readonly string[];
  /** The bearer token, if there is just one. */
  readonly token: string | undefined;
  /** Empty while it is still arriving. */
  body: Buffer;
}

export interface Exchange {
  readonly received: ReceivedRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Answers with text. */
  answer(status: number, text?: string, headers?: Readonly<Record<string, string>>): void;
}

type Handler = (exchange: Exchange) => void | Promise<void>;

/**
 * An API that wants a bearer token: 401 without one or with one that it does not accept, else 200. Single paths can be
 * given other answers. It keeps all that it received.
 */
export class ApiServer {
  readonly origin: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** Tokens that get a 401. */
  readonly rejected: Set<string> = new Set();
  /** Whether a token gets its 200. Default: unless it is among `rejected`. */
  accepts: (token: string) => boolean | Promise<boolean> = (token) => !this.rejected.has(token);
  readonly #server: LoopbackServer;
  readonly #arrivals: Arrivals<ReceivedRequest>;

  private constructor(server: LoopbackServer, arrivals: Arrivals<ReceivedRequest>) {
    this.origin = server.origin;
    this.port = server.port;
    this.requests = arrivals.all;
    this.#server = server;
    this.#arrivals = arrivals;
  }

  static async start(certificate?: Certificate): Promise<ApiServer> {
    const arrivals = new Arrivals<ReceivedRequest>();
    const server = await LoopbackServer.start((request, response) => api.#serve(request, response), certificate);
    const api = new ApiServer(server, arrivals);
    return api;
  }

  readonly #routes = new Map<string, { handler: Handler; isEarly: boolean }>();

  /**
   * Answers a path in its own way.
   *
   * @param isEarly called before the body has arrived
   */
  on(path: string, handler: Handler, { isEarly = false }: { readonly isEarly?: boolean } = {}): void {
    this.#routes.set(path, { handler, isEarly });
  }

  /** Redirects a path; to an address on this server or an absolute one. */
  redirect(path: string, location: string, status = 302): void {
    this.on(path, ({ answer }) => answer(status, 'elsewhere', { location }));
  }

  /** Resolves once so many requests have begun to arrive. */
  reached(count: number): Promise<void> {
    return this.#arrivals.reached(count);
  }

  /** The tokens of all requests, in the order in which they arrived. */
  get tokens(): readonly (string | undefined)[] {
    return this.requests.map(({ token }) => token);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = receivedRequest(request);
    this.#arrivals.add(received);
    const answer: Exchange['answer'] = (status, text = '', headers = {}) => {
      response.writeHead(status, { 'content-type': 'text/plain', ...headers });
      response.end(text);
    };
    const route = this.#routes.get(received.path);
    if (route?.isEarly !== true) received.body = await buffer(request);
    await (route?.handler ?? ((exchange) => this.#judge(exchange)))({ received, request, response, answer });
  }

  async #judge({ received: { token }, answer }: Exchange): Promise<void> {
    if (token !== undefined && (await this.accepts(token))) answer(200, 'welcome');
    else answer(401, 'who are you?', { 'www-authenticate': 'Bearer error="invalid_token"' });
  }
}

function receivedRequest(request: IncomingMessage): ReceivedRequest {
  const authorizations = request.rawHeaders.filter(
    (_, position) => position % 2 === 1 && request.rawHeaders[position - 1]?.toLowerCase() === 'authorization',
  );
  const token = authorizations.length === 1 ? /^Bearer (.+)$/.exec(authorizations[0] ?? '')?.[1] : undefined;
  const { method = '', url: path = '', headers, httpVersion: version } = request;
  return { method, version, path, headers, authorizations, token, body: Buffer.alloc(0) };
}
