import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What the network does to replies.
 *
 * - pass: nothing
 * - hold: keeps them until `release()`
 * - swallow: loses them, and the connection stays open
 * - cut: sends half of a reply, then resets
 */
type ReplyFault = 'pass' | 'hold' | 'swallow' | 'cut';

/** Stands between a client and a Redis server, and does to what passes what networks and servers do on bad days. */
export class FaultProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;
  #replies: ReplyFault = 'pass';
  #requests: 'pass' | 'hold' = 'pass';
  #error: { readonly text: string; left: number } | undefined;
  readonly #held: (() => void)[] = [];
  readonly #heldWatchers: (() => void)[] = [];
  readonly #cutWatchers: (() => void)[] = [];

  private constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(targetPort: number): Promise<FaultProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(targetPort, '127.0.0.1');
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => {}); // 'close' follows
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
      }
      client.on('data', (chunk) => proxy.#toServer(chunk, client, upstream));
      upstream.on('data', (chunk) => proxy.#toClient(chunk, client));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FaultProxy(server, sockets);
    return proxy;
  }

  /** From now on, for what comes from the server. */
  onReplies(fault: ReplyFault): void {
    this.#replies = fault;
  }

  /** From now on, what clients send waits for `release()`. */
  holdRequests(): void {
    this.#requests = 'hold';
  }

  /** Resolves when something is held. */
  async somethingHeld(): Promise<void> {
    if (this.#held.length === 0) await new Promise<void>((resolve) => this.#heldWatchers.push(resolve));
  }

  /** Resolves with the next reply that is cut. */
  somethingCut(): Promise<void> {
    return new Promise((resolve) => this.#cutWatchers.push(resolve));
  }

  /** Lets everything through, what was held first. */
  release(): void {
    this.#requests = 'pass';
    this.#replies = 'pass';
    for (const send of this.#held.splice(0)) send();
  }

  /** Answers the next commands in the server's place: `-READONLY …` and its like. */
  answerWith(error: string, times: number = 1): void {
    this.#error = { text: error, left: times };
  }

  /** Ends all connections as a crash does. New ones go through. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #toServer(chunk: Buffer, client: Socket, upstream: Socket): void {
    if (this.#error !== undefined && /\$\d+\r\n(evalsha|eval)\r\n/i.test(chunk.toString('latin1'))) {
      client.write(`-${this.#error.text}\r\n`);
      this.#error = this.#error.left > 1 ? { ...this.#error, left: this.#error.left - 1 } : undefined;
      return;
    }
    if (this.#requests === 'pass') upstream.write(chunk);
    else this.#hold(() => upstream.write(chunk));
  }

  #toClient(chunk: Buffer, client: Socket): void {
    if (this.#replies === 'pass') client.write(chunk);
    else if (this.#replies === 'hold') this.#hold(() => client.write(chunk));
    else if (this.#replies === 'cut') {
      client.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => client.destroy());
      for (const tell of this.#cutWatchers.splice(0)) tell();
    }
  }

  #hold(send: () => void): void {
    this.#held.push(send);
    for (const tell of this.#heldWatchers.splice(0)) tell();
  }
}
