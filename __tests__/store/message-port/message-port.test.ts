import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, jest } from '@jest/globals';
import { memoryStore } from '../../../src/store/memory-store.ts';
import {
  type MessagingProcess,
  messagePortStore,
  processPort,
  type StorePort,
  serveStore,
} from '../../../src/store/message-port.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';

const ask = { owner: 'me', leaseMs: 60_000 };

function start(...args: readonly string[]): { child: ChildProcess; answer: Promise<unknown>; exit: Promise<unknown> } {
  const file = new URL('program.ts', import.meta.url);
  const child = fork(file, args, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const exit = once(child, 'exit').then(([code]) => code);
  const answer = new Promise((resolve) => {
    child.on('message', (message: object) => 'answer' in message && resolve(message.answer));
  });
  return { child, answer, exit };
}

describe('a process that uses the store of its primary', () => {
  it('ends when it has nothing more to do', async () => {
    const { child, answer, exit } = start('60000');
    serveStore(memoryStore(), processPort(child));
    expect(await answer).toEqual({ generation: 0, lease: 'held' });
    expect(await exit).toBe(0);
  });

  it('runs on while it listens for something else', async () => {
    const { child, answer, exit } = start('60000', 'listens');
    serveStore(memoryStore(), processPort(child));
    await answer;
    // It disconnects because of this: had it ended before, there would be nobody to send it to.
    child.send('the end');
    expect(await exit).toBe(0);
    expect(child.signalCode).toBeNull();
  });

  it('does not wait for ever for a primary that says nothing', async () => {
    const { answer, exit } = start('50');
    expect(await answer).toBe('the store did not answer within 50 ms');
    expect(await exit).toBe(0);
  });

  it('learns at once that the primary is gone, before it asked or after', async () => {
    const [early, late] = [start('2147483647'), start('2147483647')];
    early.child.disconnect();
    late.child.on('message', () => late.child.disconnect()); // in place of an answer
    expect(await Promise.all([early.exit, late.exit])).toEqual([0, 0]);
  });
});

function inJson(port: StorePort, postMessage: (message: unknown) => void): StorePort {
  return {
    postMessage,
    addEventListener: (type, listener) => port.addEventListener(type, listener),
    removeEventListener: (type, listener) => port.removeEventListener(type, listener),
    start: () => port.start?.(),
    unref: () => port.unref?.(),
  };
}

describe('a port', () => {
  it('whose other end is closed fails what is under way, and what comes after', async () => {
    const { port1, port2 } = new MessageChannel();
    const store = messagePortStore(port2, { timeoutMs: 600_000 });
    const pending = store.look('key', ask);
    port1.close();
    await expect(pending).rejects.toThrow('the way to the store is closed');
    await expect(store.look('key', ask)).rejects.toThrow('the way to the store is closed');
  });

  it('whose other end answers too late leaves no lease for nobody', async () => {
    const { port1, port2 } = new MessageChannel();
    const store = messagePortStore(port2);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const asked = [store.look('key', ask), store.extend('key', 'me', 1)];
    const given = Promise.allSettled(asked);
    jest.advanceTimersByTime(1_000);
    jest.useRealTimers();
    expect(await given).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    serveStore(memoryStore(), port1); // only now does it hear what was asked
    const next = messagePortStore(port2, { timeoutMs: 600_000 });
    expect((await next.look('key', { ...ask, owner: 'next' })).lease).toBe('held');
    port1.close();
  });

  it('is left open by a store that is closed, which then says so', async () => {
    const { port1, port2 } = new MessageChannel();
    const end = serveStore(memoryStore(), port1);
    const [store, other] = [messagePortStore(port2), messagePortStore(port2)];
    await store.close();
    await store.close();
    await expect(store.look('key', ask)).rejects.toThrow('the way to the store is closed');
    expect(await other.look('key', ask)).toEqual({ generation: 0, lease: 'held' });
    end();
    port1.close();
  });

  it('carries the messages of others untouched, and is not misled by them', async () => {
    const { port1, port2 } = new MessageChannel();
    serveStore(memoryStore(), port1);
    const heard: unknown[] = [];
    port1.on('message', (message) => heard.push(message));
    const strange = [
      null,
      'text',
      { tokenflight: 'ask', id: 'a', method: 'close', args: [] },
      { tokenflight: 'ask', id: 'b', method: '__proto__', args: [] },
      { tokenflight: 'ask', id: 'c', method: 'look', args: 7 },
      { tokenflight: 'answer', id: 'nobody-asked' },
      { tokenflight: 'news' },
    ];
    for (const message of strange) port2.postMessage(message);
    const store = messagePortStore(port2, { timeoutMs: 600_000 });
    expect(await store.look('key', ask)).toEqual({ generation: 0, lease: 'held' });
    expect(heard.slice(0, strange.length)).toEqual(strange);
    for (const message of strange) port1.postMessage(message);
    expect((await store.look('key', ask)).lease).toBe('held');
    port1.close();
  });

  it('tells why the store failed, and goes on', async () => {
    const { port1, port2 } = new MessageChannel();
    const memory = memoryStore();
    const failing: TokenStore = { ...memory, extend: () => Promise.reject(new Error('out of order')) };
    serveStore(failing, port1);
    const store = messagePortStore(port2, { timeoutMs: 600_000 });
    await expect(store.extend('key', 'me', 1)).rejects.toThrow('the store failed: out of order');
    expect((await store.look('key', ask)).lease).toBe('held');
    port1.close();
  });

  it('that cannot carry a message fails the operation', async () => {
    const { port1, port2 } = new MessageChannel();
    const store = messagePortStore(port2, { timeoutMs: 600_000 });
    const token = { response: { odd: () => undefined } } as never;
    await expect(store.put('key', 'me', token, 1)).rejects.toThrow(/could not be cloned/);
    port1.close();
  });

  it('tells nothing to who was unsubscribed by the listener before', async () => {
    const { port1, port2 } = new MessageChannel();
    serveStore(memoryStore(), port1);
    const store = messagePortStore(port2, { timeoutMs: 600_000 });
    const heard: unknown[] = [];
    let stop = (): void => {};
    store.subscribe(() => stop());
    stop = store.subscribe((news) => heard.push(news));
    await store.look('key', ask);
    await store.release('key', 'me');
    await store.look('key', ask); // its answer comes after the news
    expect(heard).toEqual([]);
    port1.close();
  });

  it('that speaks JSON, which has no word for what is left out, brings it as it was', async () => {
    const given: unknown[][] = [];
    const spied: TokenStore = {
      ...memoryStore(),
      release: async (...all) => {
        given.push(all);
        return true;
      },
    };
    const { port1, port2 } = new MessageChannel();
    serveStore(spied, port1);
    const postMessage = (message: unknown): void => port2.postMessage(JSON.parse(JSON.stringify(message)));
    const store = messagePortStore(inJson(port2, postMessage), { timeoutMs: 600_000 });
    expect(await store.release('key', 'me', undefined)).toBe(true);
    expect(given).toEqual([['key', 'me', undefined]]);
    expect(given[0]).toHaveLength(3);
    port1.close();
  });

  it('to a process that takes no message is closed: what is under way fails at once', async () => {
    const deaf: MessagingProcess = {
      send: (_message, callback) => callback(new Error('the channel is broken')),
      on: () => undefined,
      off: () => undefined,
    };
    const store = messagePortStore(processPort(deaf), { timeoutMs: 600_000 });
    await expect(store.look('key', ask)).rejects.toThrow('the way to the store is closed');
    await expect(store.look('key', ask)).rejects.toThrow('the way to the store is closed');
  });

  it.each([
    [{ timeOutMs: 5 }, 'timeOutMs: is not a known option'],
    [{ timeoutMs: null }, 'timeoutMs: must not be null: leave it out for the default'],
  ])('takes no %j', (options, message) => {
    expect(() => messagePortStore(new MessageChannel().port1, options as never)).toThrow(message);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('takes no timeoutMs of %p', (timeoutMs) => {
    expect(() => messagePortStore(new MessageChannel().port1, { timeoutMs })).toThrow(/^timeoutMs: /);
  });

  it('is not there in a process that was not forked', async () => {
    const alone: MessagingProcess = { on: () => undefined, off: () => undefined };
    await expect(messagePortStore(processPort(alone)).look('key', ask)).rejects.toThrow('was not forked');
  });
});
