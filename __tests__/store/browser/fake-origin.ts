import { Member } from '../../../src/store/browser/member.ts';
import { messagePortStore } from '../../../src/store/message-port.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { FakeClock, tick } from '../../fakes/fake-clock.ts';

interface Delivery {
  readonly from: FakeContext;
  readonly data: unknown;
  readonly deliver: () => void;
}

interface LockRequest {
  readonly context: FakeContext;
  readonly grant: () => void;
}

/** The pages and workers of one origin, with what goes on between them in the hands of the test. */
export class FakeOrigin {
  readonly clock: FakeClock = new FakeClock();
  readonly contexts: FakeContext[] = [];
  /** Who waits for the lock; the first holds it. */
  lockQueue: LockRequest[] = [];
  /** Words that are on their way, and stay there. */
  delayed: Delivery[] = [];
  /** How many words were said. */
  words = 0;
  isDelayed: (from: FakeContext, to: FakeContext, data: unknown) => boolean = () => false;

  open(): FakeContext {
    const context = new FakeContext(this);
    this.contexts.push(context);
    return context;
  }

  /** Several, each of which has heard of the leader, which is the first. */
  async openMany(count: number): Promise<FakeContext[]> {
    const contexts = Array.from({ length: count }, () => this.open());
    await tick();
    return contexts;
  }

  /** What is on its way arrives: all, after which nothing is delayed any more, or what is chosen. */
  async letThrough(isChosen?: (delivery: Delivery) => boolean): Promise<void> {
    if (!isChosen) this.isDelayed = () => false;
    const all = this.delayed.splice(0);
    for (const delivery of all) {
      if (isChosen?.(delivery) ?? true) delivery.deliver();
      else this.delayed.push(delivery);
    }
    await tick();
  }

  post(from: FakeContext, outbox: FakeChannel, data: unknown): void {
    this.words++;
    for (const to of this.contexts) {
      for (const channel of to.channels) {
        if (channel === outbox || channel.name !== outbox.name) continue;
        const copy = structuredClone(data);
        const deliver = (): void => to.run(() => channel.hear(copy));
        if (this.isDelayed(from, to, data)) this.delayed.push({ from, data, deliver });
        else deliver();
      }
    }
  }

  async lock(context: FakeContext, signal: AbortSignal, run: () => Promise<unknown>): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const request = { context, grant: resolve };
    const abort = (): void => {
      if (this.lockQueue[0] === request) return; // it is held: too late
      this.lockQueue = this.lockQueue.filter((other) => other !== request);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort);
    this.lockQueue.push(request);
    if (this.lockQueue[0] === request) request.grant();
    await promise;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    context.run(() => void run().then(() => end()));
    await ended;
    this.unlock((other) => other === request);
    return undefined;
  }

  unlock(isOver: (request: LockRequest) => boolean): void {
    const holder = this.lockQueue[0];
    this.lockQueue = this.lockQueue.filter((request) => !isOver(request));
    if (this.lockQueue[0] !== holder) this.lockQueue[0]?.grant();
  }
}

/** A page or a worker. */
export class FakeContext {
  readonly channels: Set<FakeChannel> = new Set();
  readonly member: Member;
  readonly store: TokenStore;
  readonly #origin: FakeOrigin;
  #tasks: (() => void)[] = [];
  #isFrozen = false;
  #isGone = false;

  constructor(origin: FakeOrigin) {
    this.#origin = origin;
    const context = this;
    const aheadMs = 1_000 * origin.contexts.length; // each counts from its own beginning
    this.member = new Member('a place', 60_000, {
      locks: {
        request: async (_name: string, options: LockOptions, run: () => Promise<unknown>) =>
          origin.lock(context, options.signal as AbortSignal, run),
      } as Pick<LockManager, 'request'>,
      BroadcastChannel: class {
        constructor(name: string) {
          // biome-ignore lint/correctness/noConstructorReturn: the stand-in of a class of the platform
          return new FakeChannel(origin, context, name) as unknown as BroadcastChannel;
        }
      } as new (
        name: string,
      ) => BroadcastChannel,
      clock: {
        monotonicMs: () => origin.clock.monotonicMs() + aheadMs,
        wallMs: () => origin.clock.wallMs(),
        schedule: (...timer) => origin.clock.schedule(...timer),
      },
    });
    this.store = messagePortStore(this.member.port, { timeoutMs: 60_000 });
    this.member.enter();
  }

  /** Takes a task as an event loop does: later, one after the other, none while it stands still or when it is gone. */
  run(task: () => void): void {
    this.#tasks.push(task);
    setImmediate(() => {
      if (!this.#isFrozen && !this.#isGone) this.#tasks.shift()?.();
    });
  }

  /** It stands still, without a warning. */
  freeze(): void {
    this.#isFrozen = true;
  }

  async thaw(): Promise<void> {
    this.#isFrozen = false;
    for (const task of this.#tasks.splice(0)) this.run(task);
    await tick();
  }

  /** Gone without a word; the platform takes its locks. */
  async crash(): Promise<void> {
    this.#isGone = true;
    this.channels.clear();
    this.#origin.unlock(({ context }) => context === this);
    await tick();
  }
}

class FakeChannel {
  readonly name: string;
  readonly #origin: FakeOrigin;
  readonly #context: FakeContext;
  readonly #listeners = new Set<(event: { data: unknown }) => void>();

  constructor(origin: FakeOrigin, context: FakeContext, name: string) {
    this.name = name;
    this.#origin = origin;
    this.#context = context;
    context.channels.add(this);
  }

  addEventListener(_type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.add(listener);
  }

  postMessage(data: unknown): void {
    if (this.#context.channels.has(this)) this.#origin.post(this.#context, this, data);
  }

  hear(data: unknown): void {
    if (this.#context.channels.has(this)) for (const listener of this.#listeners) listener({ data });
  }

  close(): void {
    this.#context.channels.delete(this);
  }
}
