import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { browserStore } from '../../../src/store/browser/browser-store.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { storeContract } from '../../../src/testing/store-contract.ts';
import { RemoteStore } from '../message-port/relay.ts';

const hasLocks = Boolean(globalThis.navigator?.locks);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ask = { owner: 'me', leaseMs: 60_000 };

describe('what it lacks, or cannot use, it names', () => {
  const original = { ...Object.getOwnPropertyDescriptors(globalThis) };
  const replace = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  afterEach(() => {
    for (const name of ['navigator', 'BroadcastChannel', 'isSecureContext']) {
      delete (globalThis as Record<string, unknown>)[name];
      const own = original[name as keyof typeof original];
      if (own !== undefined) Object.defineProperty(globalThis, name, own);
    }
  });

  it.each([undefined, {}])('Web Locks, where navigator is %p', (navigator) => {
    replace('navigator', navigator);
    expect(() => browserStore()).toThrow(/^navigator\.locks: is missing$/);
  });

  it('a secure context, where that is the reason', () => {
    replace('navigator', {});
    replace('isSecureContext', false);
    expect(() => browserStore()).toThrow(/^navigator\.locks: is missing: this context is not secure/);
  });

  it('BroadcastChannel', () => {
    replace('navigator', { locks: { request: async () => undefined } });
    replace('BroadcastChannel', undefined);
    expect(() => browserStore()).toThrow(/^BroadcastChannel: is missing$/);
  });

  it.each(['', 7, null])('a name that is %p', (name) => {
    expect(() => browserStore({ name: name as string })).toThrow(/^name: /);
  });
});

// Node.js has Web Locks from 24.5 on: an older one skips these.
(hasLocks ? describe : describe.skip)('with the locks and the channels of this Node.js', () => {
  const open: TokenStore[] = [];
  const store = (name: string): TokenStore => {
    const made = browserStore({ name });
    open.push(made);
    return made;
  };
  afterEach(() => Promise.all(open.splice(0).map((made) => made.close())));

  describe('two stores of this thread', () => {
    storeContract({ describe, it }, () => ({ handles: [store('thread'), store('thread')], advance: wait }));
  });

  it('another name is another place', async () => {
    const [one, other] = [store('one'), store('other')];
    expect((await one.look('key', ask)).lease).toBe('held');
    expect((await other.look('key', { ...ask, owner: 'you' })).lease).toBe('held');
  });

  it.each([
    [{ timeOutMs: 5 }, 'timeOutMs: is not a known option'],
    [{ name: null }, 'name: must not be null: leave it out for the default'],
    [{ name: '' }, 'name: must be a string that is not empty, got an empty string'],
    [null, 'options: must be an object, got null'],
  ])('takes no %j', (options, message) => {
    expect(() => browserStore(options as never)).toThrow(message);
  });

  it.each([0, Number.NaN])('takes no timeoutMs of %p', (timeoutMs) => {
    expect(() => browserStore({ timeoutMs })).toThrow(/^timeoutMs: /);
  });

  it('a store that is closed says so, and the next goes on', async () => {
    const [one, other] = [store('closing'), store('closing')];
    await one.look('key', ask);
    await other.look('key', { ...ask, owner: 'you' });
    await one.close();
    await one.close();
    await expect(one.look('key', ask)).rejects.toThrow('is closed');
    expect((await other.look('key', ask)).lease).toBe('held');
    expect(typeof (await other.look('key', { ...ask, owner: 'you' })).lease).toBe('object');
  });

  it('a page that is left hands over, and takes part again when it is back', async () => {
    const target = new EventTarget();
    const { addEventListener, removeEventListener } = globalThis;
    Object.assign(globalThis, {
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
    });
    try {
      const page = store('page');
      await page.look('key', ask);
      const other = store('page');
      await other.look('another key', ask);
      target.dispatchEvent(new Event('pagehide'));
      target.dispatchEvent(new Event('freeze'));
      // `other` was made with the same listeners: only who comes anew can lead.
      target.dispatchEvent(new Event('resume'));
      target.dispatchEvent(new Event('pageshow'));
      expect((await page.look('key', { ...ask, owner: 'afresh' })).lease).toBe('held');
      await page.close();
      target.dispatchEvent(new Event('pageshow'));
      await expect(page.look('key', ask)).rejects.toThrow('is closed');
    } finally {
      Object.assign(globalThis, { addEventListener, removeEventListener });
    }
  });

  describe('worker threads', () => {
    const workers: Worker[] = [];
    let handles: RemoteStore[] = [];
    beforeAll(async () => {
      handles = [0, 1].map(() => {
        const worker = new Worker(new URL('thread.ts', import.meta.url), {
          execArgv: ['--disable-warning=ExperimentalWarning'],
        });
        workers.push(worker);
        return new RemoteStore(
          (order) => worker.postMessage(order),
          (hear) => worker.on('message', hear),
        );
      });
      await Promise.all(handles.map((handle) => handle.subscribed()));
    });
    afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));
    storeContract({ describe, it }, () => ({ handles, advance: wait }));

    // Not by ending the thread: Node.js 24 then lets nobody have its lock. Browsers do, see `__tests__/runtimes`.
    it('one that closes its store leaves the place to the other', async () => {
      const [first, second] = handles as [RemoteStore, RemoteStore];
      await first.look('the end', ask);
      await second.look('the end', { ...ask, owner: 'you' });
      await first.close();
      expect(typeof (await second.look('the end', { ...ask, owner: 'you' })).lease).toBe('object');
    });
  });
});
