import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const API = { METADATA: 3, SASL_HANDSHAKE: 17, API_VERSIONS: 18, SASL_AUTHENTICATE: 36 } as const;
const SASL_AUTHENTICATION_FAILED = 58;

/** As much of a Kafka broker as a client needs to authenticate by OAUTHBEARER. It keeps what it was sent. */
export class KafkaBroker {
  /** `127.0.0.1:…`. */
  readonly address: string;
  /** The first message of SASL/OAUTHBEARER (RFC 7628 §3.1), once for each authentication. */
  readonly messages: string[] = [];
  /** Tokens that are refused. */
  readonly rejected: Set<string> = new Set();
  /** After how many milliseconds a client has to authenticate again (KIP-368). Default: never. */
  sessionLifetimeMs = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async start(): Promise<KafkaBroker> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new KafkaBroker(server);
  }

  get tokens(): readonly (string | undefined)[] {
    return this.messages.map((message) => message.split('\x01')[1]?.replace('auth=Bearer ', ''));
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0);
        const answer = this.#answer(received.subarray(4, end));
        if (answer) socket.write(answer);
        else socket.destroy();
        received = received.subarray(end);
      }
    });
  }

  /** A request: API key, version, correlation id, client id, and what the API wants. */
  #answer(request: Buffer): Buffer | undefined {
    const bodyAt = 10 + Math.max(0, request.readInt16BE(8));
    const body = this.#bodyFor(request.readInt16BE(0), request.subarray(bodyAt));
    return body && Buffer.concat([int32(4 + body.length), request.subarray(4, 8), body]);
  }

  #bodyFor(api: number, body: Buffer): Buffer | undefined {
    switch (api) {
      case API.API_VERSIONS: {
        const ranges = [
          [API.METADATA, 0, 1],
          [API.SASL_HANDSHAKE, 1, 1],
          [API.API_VERSIONS, 0, 2],
          [API.SASL_AUTHENTICATE, 1, 1],
        ].map((range) => Buffer.concat(range.map(int16)));
        return Buffer.concat([int16(0), int32(ranges.length), ...ranges, int32(0)]);
      }
      case API.SASL_HANDSHAKE:
        return Buffer.concat([int16(0), int32(1), string('OAUTHBEARER')]);
      case API.SASL_AUTHENTICATE:
        return this.#authenticated(body.subarray(4).toString('latin1'));
      case API.METADATA: {
        const [host = '', port] = this.address.split(':');
        const self = Buffer.concat([int32(0), string(host), int32(Number(port)), int16(-1)]);
        return Buffer.concat([int32(1), self, int32(0), int32(0)]);
      }
      default:
        return undefined;
    }
  }

  #authenticated(message: string): Buffer {
    this.messages.push(message);
    const isRefused = this.rejected.has(this.tokens.at(-1) ?? '');
    const outcome = isRefused ? [int16(SASL_AUTHENTICATION_FAILED), string('invalid token')] : [int16(0), int16(-1)];
    const lifetime = Buffer.alloc(8);
    lifetime.writeBigInt64BE(BigInt(this.sessionLifetimeMs));
    return Buffer.concat([...outcome, int32(0), lifetime]);
  }
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
}
