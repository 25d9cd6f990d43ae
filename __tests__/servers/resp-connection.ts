import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The Redis protocol (RESP2) spoken by hand, so that what is looked at is looked at past every client under test. */
export class RespConnection {
  readonly #socket: Socket;
  readonly #waiting: { resolve(reply: unknown): void; reject(error: Error): void }[] = [];
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#read();
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection was closed'));
    });
  }

  static async open(port: number): Promise<RespConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RespConnection(socket);
  }

  /** Texts come as latin1, so that no byte is lost. */
  run(...command: readonly string[]): Promise<unknown> {
    const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
    this.#socket.write(`*${command.length}\r\n${parts.join('')}`);
    return this.next();
  }

  /** A reply that comes without a question of its own, as those of MONITOR do. */
  next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#read(); // it may have come already
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(): void {
    for (;;) {
      const found = this.#waiting.length === 0 ? undefined : readReply(this.#received, 0);
      if (found === undefined) return;
      this.#received = this.#received.subarray(found.end);
      const waiting = this.#waiting.shift();
      if (found.value instanceof Error) waiting?.reject(found.value);
      else waiting?.resolve(found.value);
    }
  }
}

interface Reply {
  readonly value: unknown;
  readonly end: number;
}

/** Undefined: it has not come in full yet. */
function readReply(bytes: Buffer, start: number): Reply | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd === -1) return undefined;
  const type = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.toString('latin1', start + 1, lineEnd);
  const after = lineEnd + 2;
  if (type === '+') return { value: line, end: after };
  if (type === '-') return { value: new Error(line), end: after };
  if (type === ':') return { value: Number(line), end: after };
  const length = Number(line);
  if (length === -1) return { value: null, end: after };
  if (type === '$') {
    const end = after + length;
    return bytes.length < end + 2 ? undefined : { value: bytes.toString('latin1', after, end), end: end + 2 };
  }
  const items: unknown[] = [];
  let end = after;
  for (let index = 0; index < length; index++) {
    const item = readReply(bytes, end);
    if (item === undefined) return undefined;
    items.push(item.value);
    end = item.end;
  }
  return { value: items, end };
}
