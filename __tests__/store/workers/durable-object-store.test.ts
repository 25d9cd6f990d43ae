import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { StoredToken } from '../../../src/store/token-store.ts';
import { durableObjectStore } from '../../../src/store/workers/durable-object-store.ts';
import { storeContract } from '../../../src/testing/store-contract.ts';
import { ObjectNamespace } from '../../fakes/object-namespace.ts';

const DAY_MS = 86_400_000;
const [keyOne = '', keyTwo = ''] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64'));
const token: StoredToken = {
  id: 'the-id',
  value: 'the-token-4711',
  tokenType: 'Bearer',
  response: { id_token: 'another-secret-0815' },
  lifetimeMs: 600_000,
  marginMs: 0,
  isForced: false,
};
const failure = { code: 'ERR_A', message: 'why', retryable: true, pauseMs: 100_000 };
const ask = { owner: 'one', leaseMs: 60_000 };

let aheadMs = 0;
beforeEach(() => {
  aheadMs = 0;
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a store over a Durable Object', () => {
  storeContract({ describe, it }, () => {
    const namespace = new ObjectNamespace();
    const handles = [0, 1].map(() => durableObjectStore(namespace, { encryptionKey: keyOne, news: true }));
    const advance = async (ms: number): Promise<void> => {
      aheadMs += ms;
    };
    return { handles, advance, subscribed: () => new Promise((resolve) => setImmediate(resolve)) };
  });

  it('gives the object nothing to read', async () => {
    const namespace = new ObjectNamespace();
    const store = durableObjectStore(namespace, { encryptionKey: keyOne });
    await store.look('key', ask);
    await store.put('key', 'one', token, 600_000);
    await store.look('key', { ...ask, always: true });
    await store.release('key', 'one', { ...failure, message: 'a message with a detail' });
    const kept = JSON.stringify([...namespace.storage]);
    expect(kept).toContain('sealed1.');
    expect(kept).not.toMatch(/4711|0815|a detail/);
  });

  it('keeps the token, the lease and the failure beyond a restart of the object', async () => {
    const namespace = new ObjectNamespace();
    const store = durableObjectStore(namespace, { encryptionKey: keyOne });
    await store.look('key', ask);
    namespace.restart();
    expect((await store.look('key', { ...ask, owner: 'two' })).lease).toMatchObject({ remainingMs: expect.anything() });
    expect(await store.put('key', 'two', token, 600_000)).toBe(false);
    expect(await store.put('key', 'one', token, 600_000)).toBe(true);
    namespace.restart();
    expect((await store.look('key', ask)).token?.token).toEqual(token);
    await store.look('key', { ...ask, always: true });
    await store.release('key', 'one', failure);
    namespace.restart();
    expect((await store.look('key', { ...ask, unwantedId: token.id })).failure?.code).toBe('ERR_A');
  });

  it('lengthens no life where the clock of the next machine is behind', async () => {
    const namespace = new ObjectNamespace();
    const store = durableObjectStore(namespace, { encryptionKey: keyOne });
    await store.look('key', ask);
    await store.put('key', 'one', token, 300_000);
    aheadMs -= DAY_MS;
    expect((await store.look('key', ask)).token?.remainingMs).toBeLessThanOrEqual(300_000);
  });

  it('gives the lease to who cannot open what is there, and leaves it to the others', async () => {
    const namespace = new ObjectNamespace();
    const [theirs, ours] = [keyOne, keyTwo].map((encryptionKey) => durableObjectStore(namespace, { encryptionKey }));
    const moving = durableObjectStore(namespace, { encryptionKeys: [keyTwo, keyOne] });
    await theirs?.look('key', ask);
    await theirs?.put('key', 'one', token, 600_000);
    expect(await ours?.look('key', { ...ask, owner: 'two' })).toMatchObject({ lease: 'held', isUnreadable: true });
    expect(namespace.asked.filter((url) => url.endsWith('/look'))).toHaveLength(3); // the first by another
    for (const store of [theirs, moving]) expect((await store?.look('key', ask))?.token?.token).toEqual(token);
    expect(await ours?.release('key', 'two', failure)).toBe(true);
    const looked = await theirs?.look('key', { ...ask, owner: 'three', unwantedId: token.id });
    expect(looked).toMatchObject({ lease: 'held', isUnreadable: true });
    expect(looked?.failure).toBeUndefined();
  });

  it('keeps names apart', async () => {
    const namespace = new ObjectNamespace();
    const stores = ['a', 'b'].map((name) => durableObjectStore(namespace, { name, allowPlaintext: true }));
    expect(await Promise.all(stores.map(async (store) => (await store.look('key', ask)).lease))).toEqual([
      'held',
      'held',
    ]);
  });

  it('asks once more where the object was just renewed, and what is done twice is done once', async () => {
    const namespace = new ObjectNamespace();
    const store = durableObjectStore(namespace, { encryptionKey: keyOne });
    const error = Object.assign(new Error('reset'), { retryable: true });
    namespace.failures.push({ error, after: true });
    expect((await store.look('key', ask)).lease).toBe('held');
    namespace.failures.push({ error, after: true });
    expect(await store.put('key', 'one', token, 600_000)).toBe(true);
    expect((await store.look('key', ask)).generation).toBe(1);
  });

  it.each([
    ['fails twice', [{ retryable: true }, { retryable: true }], 2],
    ['is overloaded', [{ retryable: true, overloaded: true }], 1],
    ['fails for good', [{}], 1],
  ] as const)('rejects where the object %s', async (_what, errors, asked) => {
    const namespace = new ObjectNamespace();
    for (const error of errors) namespace.failures.push({ error: Object.assign(new Error('no'), error) });
    await expect(durableObjectStore(namespace, { encryptionKey: keyOne }).look('key', ask)).rejects.toThrow('no');
    expect(namespace.asked).toHaveLength(asked);
  });

  it('forgets a day after the life of the longest token', async () => {
    const namespace = new ObjectNamespace();
    const store = durableObjectStore(namespace, { encryptionKey: keyOne });
    await store.look('key', ask);
    await store.put('key', 'one', token, 600_000);
    expect(namespace.alarmMs).toBeGreaterThan(Date.now());
    aheadMs = DAY_MS;
    await namespace.ring('tokenflight');
    expect([namespace.storage.size, namespace.alarmMs !== null]).toEqual([1, true]);
    aheadMs = DAY_MS + 600_001;
    await namespace.ring('tokenflight');
    expect([namespace.storage.size, namespace.alarmMs]).toEqual([0, null]);
    await store.look('key', ask);
    expect(namespace.alarmMs).not.toBeNull();
  });

  it('hears nothing unless it was asked for, and asks for nothing', async () => {
    const namespace = new ObjectNamespace();
    const store = durableObjectStore(namespace, { encryptionKey: keyOne });
    store.subscribe(() => {
      throw new Error('heard');
    })();
    await store.close();
    expect(namespace.asked).toEqual([]);
  });

  it('takes what it does not understand for nothing', async () => {
    const namespace = new ObjectNamespace();
    namespace.storage.set('tokenflight key', { version: 2, secret: 'of a later version' });
    const store = durableObjectStore(namespace, { encryptionKey: keyOne });
    expect(await store.look('key', ask)).toMatchObject({ generation: 0, lease: 'held' });
    const unknown = { method: 'POST', body: JSON.stringify({ key: 'key' }) };
    expect((await namespace.get('tokenflight').fetch('https://tokenflight.invalid/other', unknown)).status).toBe(404);
  });

  it.each([
    ['encryptionKey', {}],
    ['encryptionKey', { encryptionKey: 'short' }],
    ['allowPlaintext', { allowPlaintext: true, encryptionKey: keyOne }],
    ['name', { encryptionKey: keyOne, name: '' }],
    ['news', { encryptionKey: keyOne, news: 'yes' }],
    ['encrytionKey', { encrytionKey: keyOne }],
    ['name', { encryptionKey: keyOne, name: null }],
  ])('refuses a bad %s', (option, options) => {
    const make = (): unknown => durableObjectStore(new ObjectNamespace(), options as never);
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }));
  });

  it('refuses a stub, which belongs to one request', () => {
    const stub = new ObjectNamespace().get('a');
    expect(() => durableObjectStore(stub as never, { encryptionKey: keyOne })).toThrow(/namespace/);
  });
});
