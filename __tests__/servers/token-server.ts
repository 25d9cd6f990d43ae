import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { Arrivals } from './arrivals.ts';
import { Gate } from './gate.ts';
import { LoopbackServer } from './loopback-server.ts';

export interface ReceivedTokenRequest {
  readonly form: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface TokenServerAnswer {
  readonly status: number;
  /** Sent as JSON; a string as it is. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A token endpoint that grants whatever it is asked: `token-1`, `token-2`, … for an hour each. A test may script other
 * answers, and hold all of them back.
 */
export class TokenServer {
  /** The token endpoint itself. */
  readonly url: string;
  readonly requests: readonly ReceivedTokenRequest[];
  readonly gate: Gate;
  readonly #server: LoopbackServer;
  readonly #arrivals: Arrivals<ReceivedTokenRequest>;
  readonly #scripted: TokenServerAnswer[];

  private constructor(
    server: LoopbackServer,
    gate: Gate,
    arrivals: Arrivals<ReceivedTokenRequest>,
    scripted: TokenServerAnswer[],
  ) {
    this.url = `${server.origin}/token`;
    this.requests = arrivals.all;
    this.gate = gate;
    this.#server = server;
    this.#arrivals = arrivals;
    this.#scripted = scripted;
  }

  /** @param name what its tokens begin with */
  static async start(name = 'token'): Promise<TokenServer> {
    const gate = new Gate();
    const arrivals = new Arrivals<ReceivedTokenRequest>();
    const scripted: TokenServerAnswer[] = [];
    let granted = 0;
    const server = await LoopbackServer.start(async (request, response) => {
      const form = new URLSearchParams(await text(request));
      const answer = scripted.shift();
      arrivals.add({ form, headers: request.headers });
      await gate.pass();
      const grant = { access_token: `${name}-${answer ? 0 : ++granted}`, token_type: 'Bearer', expires_in: 3600 };
      const { status = 200, body = grant, headers } = answer ?? {};
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    return new TokenServer(server, gate, arrivals, scripted);
  }

  /** Answers the requests to come with these, one each, and then grants again. */
  answerNext(...answers: readonly TokenServerAnswer[]): void {
    this.#scripted.push(...answers);
  }

  /** Resolves once so many token requests have arrived. */
  reached(count: number): Promise<void> {
    return this.#arrivals.reached(count);
  }

  close(): Promise<void> {
    this.gate.open();
    return this.#server.close();
  }
}
