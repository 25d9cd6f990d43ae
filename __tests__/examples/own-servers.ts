import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

interface Answer {
  readonly status: number;
  readonly body: object;
}

export interface OwnServersOptions {
  /** How long tokens live, in seconds. */
  readonly expiresIn: number;
  /** How long a token request takes, in milliseconds. Default: 0. */
  readonly delayMs?: number;
  /** What the API answers to a good token. Default: 200. */
  readonly status?: number;
}

/** A token endpoint (`/token`) and an API (everything else) as a user of the demo might have them, on one port. */
export class OwnServers {
  static readonly clientId = 'id-of-the-user';
  static readonly clientSecret = 'do-not-print-this-secret';
  /** How every token begins. */
  static readonly tokenPrefix = 'do-not-print-this-token';
  /** Bodies of the token requests. */
  readonly forms: URLSearchParams[] = [];
  readonly #endsMs = new Map<string, number>();
  readonly #server = createServer(async (request, response) => {
    const { status, body } = await (request.url === '/token' ? this.#token(request) : this.#api(request));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  readonly #options: OwnServersOptions;

  constructor(options: OwnServersOptions) {
    this.#options = options;
  }

  /** @returns its origin */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #token(request: IncomingMessage): Promise<Answer> {
    const { expiresIn, delayMs = 0 } = this.#options;
    const credentials = Buffer.from(String(request.headers.authorization).replace('Basic ', ''), 'base64').toString();
    if (decodeURIComponent(credentials) !== `${OwnServers.clientId}:${OwnServers.clientSecret}`) {
      return { status: 401, body: { error: 'invalid_client' } };
    }
    this.forms.push(new URLSearchParams(await text(request)));
    if (delayMs > 0) await sleep(delayMs);
    const value = `${OwnServers.tokenPrefix}-${this.forms.length}`;
    this.#endsMs.set(`Bearer ${value}`, performance.now() + expiresIn * 1_000);
    return { status: 200, body: { access_token: value, token_type: 'Bearer', expires_in: expiresIn } };
  }

  async #api({ headers }: IncomingMessage): Promise<Answer> {
    const isGood = (this.#endsMs.get(String(headers.authorization)) ?? 0) > performance.now();
    return { status: isGood ? (this.#options.status ?? 200) : 401, body: {} };
  }
}
