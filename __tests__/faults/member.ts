import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Events, FromWorker, ToWorker, WorkerSettings } from './messages.ts';
import { within } from './waiting.ts';

/** A worker process, and what it told. */
export class Member {
  readonly index: number;
  readonly failures: string[] = [];
  calls = 0;
  longestWaitMs = 0;
  events: Events = {};
  /** Of the tokens that its calls were made with. */
  tokenIds: readonly string[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, index: number) {
    this.#child = child;
    this.index = index;
    child.on('message', (message: FromWorker) => {
      if (message.type === 'failed') this.failures.push(message.why);
      else if (message.type === 'synced') {
        this.calls = message.calls;
        this.longestWaitMs = Math.max(this.longestWaitMs, message.longestWaitMs);
        this.events = message.events;
        this.tokenIds = message.tokenIds;
      }
    });
  }

  /** Resolves when it is connected to Redis. */
  static async begin(settings: WorkerSettings): Promise<Member> {
    const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)));
    process.once('exit', () => child.kill('SIGKILL'));
    const member = new Member(child, settings.index);
    const ready = member.#told('ready');
    member.#send({ type: 'begin', settings });
    await ready;
    return member;
  }

  /** So many callers at once; resolves with the ids of their tokens, each once. */
  async herd(callers: number): Promise<readonly string[]> {
    const done = this.#told('herd');
    this.#send({ type: 'herd', callers });
    return (await done).tokenIds;
  }

  /** A provider that has no token yet gets one. */
  async newcomer(): Promise<void> {
    const done = this.#told('newcomer');
    this.#send({ type: 'newcomer' });
    await done;
  }

  load(ratePerSecond: number): void {
    this.#send({ type: 'load', ratePerSecond });
  }

  /** Resolves when every call that was made before is over. */
  async sync(): Promise<void> {
    const done = this.#told('synced');
    this.#send({ type: 'sync' });
    await done;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL'); // ends a stopped one too
    await ended;
  }

  #send(message: ToWorker): void {
    this.#child.send(message);
  }

  #told<T extends FromWorker['type']>(type: T): Promise<Extract<FromWorker, { type: T }>> {
    const child = this.#child;
    let stop = (): void => {};
    const told = new Promise<Extract<FromWorker, { type: T }>>((resolve, reject) => {
      const hear = (message: FromWorker): void => {
        if (message.type === type) resolve(message as Extract<FromWorker, { type: T }>);
      };
      const lose = (): void => reject(new Error(`worker ${this.index} ended`));
      child.on('message', hear).on('exit', lose);
      stop = () => void child.off('message', hear).off('exit', lose);
    });
    return within(`worker ${this.index}: ${type}`, told, 60_000).finally(stop);
  }
}
