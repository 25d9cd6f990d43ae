import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(
  new URL('../../node_modules/oauth2-mock-server/dist/oauth2-mock-server.mjs', import.meta.url),
);

/**
 * A second authorization server, oauth2-mock-server, that shares no code with the first. It runs in a process of its
 * own: what WebCrypto makes is no plain object to it in Jest's realm.
 */
export class MockServer {
  readonly issuer: string;
  readonly #process: ChildProcess;

  private constructor(issuer: string, process: ChildProcess) {
    this.issuer = issuer;
    this.#process = process;
  }

  static async start(): Promise<MockServer> {
    const child = spawn(process.execPath, [PROGRAM, '-a', '127.0.0.1', '-p', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const [, issuer] = /issuer is (\S+)/.exec(line) ?? [];
      if (issuer !== undefined) return new MockServer(issuer, child);
    }
    throw new Error('oauth2-mock-server ended before it listened');
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}
