import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { StoredToken, TokenStore } from '../../../src/store/token-store.ts';
import { durableObjectStore } from '../../../src/store/workers/durable-object-store.ts';
import { cacheTier, kvTier } from '../../../src/store/workers/read-tier.ts';
import { storeContract } from '../../../src/testing/store-contract.ts';
import { ObjectNamespace } from '../../fakes/object-namespace.ts';
import { TierUnderTest } from '../../fakes/read-tiers.ts';

const encryptionKey = Buffer.alloc(32, 1).toString('base64');
const token: StoredToken = {
  id: 'the-id',
  value: 'the-token-4711',
  tokenType: 'Bearer',
  response: { id_token: 'another-secret-0815' },
  lifetimeMs: 600_000,
  marginMs: 10_000,
  isForced: false,
};
const ask = { owner: 'one', leaseMs: 60_000 };

let aheadMs = 0;
beforeEach(() => {
  aheadMs = 0;
  const { now } = Date;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + aheadMs);
});
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

/** As it is for others, who come when what this one wrote has arrived. */
const settling = (store: TokenStore, tier: TierUnderTest): TokenStore =>
  new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name).bind(target);
      if (name === 'subscribe') return method;
      return async (...given: unknown[]) => method(...given).finally(() => tier.copied());
    },
  });

describe.each(['cache', 'kv'] as const)('a read tier: %s', (kind) => {
  let namespace: ObjectNamespace;
  let tier: TierUnderTest;

  beforeEach(() => {
    namespace = new ObjectNamespace();
    tier = new TierUnderTest(kind);
  });

  const storeOf = (options: object = {}): TokenStore =>
    durableObjectStore(namespace, { encryptionKey, readTier: tier.tier, ...options });
  const put = async (given: StoredToken = token, remainingMs = given.lifetimeMs): Promise<void> => {
    const store = storeOf();
    await store.look('key', { ...ask, always: true });
    await store.put('key', 'one', given, remainingMs);
    await tier.copied();
    namespace.asked.length = 0;
  };
  const asked = (): readonly string[] => namespace.asked.map((url) => new URL(url).pathname.slice(1));

  storeContract({ describe, it }, () => {
    const handles = [0, 1].map(() => settling(storeOf({ news: true }), tier));
    const advance = async (ms: number): Promise<void> => {
      aheadMs += ms;
    };
    return { handles, advance, subscribed: () => new Promise((resolve) => setImmediate(resolve)) };
  });

  it('answers what was put, without the object', async () => {
    await put(token, 400_000);
    const found = await storeOf().look('key', ask);
    expect(found).toEqual({ generation: 1, token: { token, remainingMs: expect.any(Number) } });
    expect(found.token?.remainingMs).toBeGreaterThan(399_000);
    expect(found.token?.remainingMs).toBeLessThanOrEqual(400_000);
    expect(asked()).toEqual([]);
  });

  it('is filled by who had to ask the object', async () => {
    await put();
    tier.kept.clear();
    const first = await storeOf().look('key', ask);
    await tier.copied();
    const second = await storeOf().look('key', ask);
    expect(asked()).toEqual(['look']);
    expect([second.token?.token, second.generation]).toEqual([first.token?.token, first.generation]);
  });

  it('keeps names apart', async () => {
    await put();
    expect((await storeOf({ name: 'other' }).look('key', ask)).token).toBeUndefined();
  });

  it('holds a copy as long as its token lives', async () => {
    await put(token, 90_500);
    expect([...tier.kept.values()][0]?.seconds).toBe(91);
    await put({ ...token, id: 'short' }, 30_000);
    expect([...tier.kept.values()][0]?.seconds).toBe(kind === 'kv' ? 60 : 30);
  });

  it.each([
    ['has ended', { aheadMs: 600_001 }, {}],
    ['is in its margin', { aheadMs: 590_001 }, {}],
    ['ends sooner than is asked for', { aheadMs: 0 }, { minRemainingMs: 600_001 }],
    ['is not wanted', { aheadMs: 0 }, { unwantedId: token.id }],
    ['is not what is asked for', { aheadMs: 0 }, { always: true }],
  ])('is asked for nothing where its token %s', async (_what, { aheadMs: later }, wanted) => {
    await put();
    aheadMs = later;
    expect((await storeOf().look('key', { ...ask, ...wanted })).lease).toBe('held');
    expect(asked()).toEqual(['look']);
  });

  it('gives a token no longer a life than it had when it was copied, by a clock that is behind too', async () => {
    await put(token, 300_000);
    aheadMs -= 86_400_000;
    expect((await storeOf().look('key', ask)).token?.remainingMs).toBeLessThanOrEqual(300_000);
  });

  it('is nothing for who had a token already: a copy may be of an older one', async () => {
    await put();
    const before = new Map(tier.kept);
    await put({ ...token, id: 'the-next' });
    for (const [name, entry] of before) tier.kept.set(name, entry); // as KV does for a minute
    const found = await storeOf().look('key', { ...ask, unwantedId: 'the-next' });
    expect([found.token, found.lease]).toEqual([undefined, 'held']);
    expect(asked()).toEqual(['look']);
  });

  it('loses what was rejected, and is not believed by who saw that', async () => {
    await put();
    const before = new Map(tier.kept);
    const store = storeOf();
    expect(await store.invalidate('key', token.id, 0)).toBe(true);
    await tier.copied();
    expect(tier.kept.size).toBe(0);
    for (const [name, entry] of before) tier.kept.set(name, entry); // as KV does for a minute
    expect((await store.look('key', ask)).lease).toBe('held');
  });

  it('loses it also where the object cannot be asked', async () => {
    await put();
    namespace.failures.push({ error: new Error('no') });
    await expect(storeOf().invalidate('key', token.id, 0)).rejects.toThrow('no');
    await tier.copied();
    expect(tier.kept.size).toBe(0);
  });

  it('loses it beside everything else, and the request lives on for that', async () => {
    await put();
    const store = storeOf();
    let answer = (): void => {};
    tier.broken = () => new Promise((_resolve, reject) => (answer = () => reject(new Error('429'))));
    expect(await store.invalidate('key', token.id, 0)).toBe(true); // without the tier
    let isOver = false;
    const over = tier.copied().then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    answer();
    await over;
  });

  it('loses it though nobody waits for the object any more', async () => {
    await put();
    void storeOf().invalidate('key', token.id, 0);
    await tier.copied(); // all that the request lives on for
    expect(tier.kept.size).toBe(0);
  });

  it('gets no copy of what was rejected and is kept all the same, since it is young', async () => {
    await put({ ...token, isForced: true });
    const store = storeOf();
    expect(await store.invalidate('key', token.id, 60_000)).toBe(false);
    expect((await store.look('key', ask)).token?.token.id).toBe(token.id);
    await tier.copied();
    expect(tier.kept.size).toBe(0);
  });

  it('remembers the last hundred that were rejected', async () => {
    await put();
    const before = new Map(tier.kept);
    const store = storeOf();
    await store.invalidate('key', token.id, 0);
    for (let n = 0; n < 99; n++) await store.invalidate('key', `id-${n}`, 0);
    for (const [name, entry] of before) tier.kept.set(name, entry);
    expect((await store.look('key', ask)).token).toBeUndefined();
    await store.invalidate('key', 'one more', 0);
    for (const [name, entry] of before) tier.kept.set(name, entry);
    expect((await store.look('key', ask)).token?.token.id).toBe(token.id);
  });

  it('gets no refresh token, and nothing to read', async () => {
    await put({ ...token, tokenType: 'refresh_token', marginMs: 0 });
    expect((await storeOf().look('key', ask)).token?.token.value).toBe(token.value);
    await tier.copied();
    expect(tier.kept.size).toBe(0);
    await put();
    const kept = JSON.stringify([...tier.kept]);
    expect(kept).toContain('sealed1.');
    expect(kept).not.toMatch(/4711|0815/);
  });

  it('gets nothing that is about to end', async () => {
    await put(token, token.marginMs);
    expect(tier.kept.size).toBe(0);
  });

  it.each([
    ['no JSON', () => '{'],
    ['no object', () => '7'],
    ['null', () => 'null'],
    ['of a later version', (copy: object) => JSON.stringify({ ...copy, version: 2 })],
    ['without a token', (copy: object) => JSON.stringify({ ...copy, token: undefined })],
    ['without an end', (copy: object) => JSON.stringify({ ...copy, endsMs: null })],
    [
      'without what is sealed',
      (copy: { token: object }) => JSON.stringify({ ...copy, token: { ...copy.token, sealed: 7 } }),
    ],
    [
      'of another token than it says',
      (copy: { token: object }) => JSON.stringify({ ...copy, token: { ...copy.token, id: 'x' } }),
    ],
  ])('is not believed where what it gives is %s', async (_what, change) => {
    await put();
    for (const [name, { text, seconds }] of tier.kept) tier.kept.set(name, { text: change(JSON.parse(text)), seconds });
    expect((await storeOf().look('key', ask)).token?.token).toEqual(token);
    expect(asked()).toEqual(['look']);
  });

  it('may fail', async () => {
    tier.broken = () => Promise.reject(new Error('429'));
    await put();
    const store = storeOf();
    expect((await store.look('key', ask)).token?.token).toEqual(token);
    await tier.copied();
    expect(await store.invalidate('key', token.id, 0)).toBe(true);
  });

  it('may hang, for a quarter of a second in ten', async () => {
    await put();
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate'] });
    const store = storeOf();
    await store.look('key', ask);
    expect(jest.getTimerCount()).toBe(0);
    tier.broken = () => new Promise(() => {});
    const found = store.look('key', ask);
    await jest.advanceTimersByTimeAsync(250);
    expect((await found).token?.token).toEqual(token);
    expect((await store.look('key', ask)).token?.token).toEqual(token); // without the tier
    aheadMs += 10_000;
    const again = store.look('key', ask);
    await jest.advanceTimersByTimeAsync(250);
    jest.useRealTimers();
    expect((await again).token?.token).toEqual(token);
    expect(tier.reads).toBe(3);
  });
});

describe('what a read tier is made of', () => {
  const options = { waitUntil: () => {} };
  const cache = { match: async () => undefined, put: async () => {}, delete: async () => true };
  const refused = (option: string): unknown =>
    expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option });

  it.each<[string, () => unknown]>([
    ['cache', () => cacheTier(undefined as never, options)],
    ['cache', () => cacheTier({ get: async () => null } as never, options)],
    ['namespace', () => kvTier(cache as never, options)],
    ['options', () => cacheTier(cache, undefined as never)],
    ['waitUntil', () => cacheTier(cache, {} as never)],
    ['waitUtil', () => cacheTier(cache, { ...options, waitUtil: () => {} } as never)],
    ['readTier', () => durableObjectStore(new ObjectNamespace(), { encryptionKey, readTier: cache as never })],
    [
      'readTier',
      () => durableObjectStore(new ObjectNamespace(), { allowPlaintext: true, readTier: cacheTier(cache, options) }),
    ],
  ])('refuses a bad %s', (option, make) => {
    expect(make).toThrow(refused(option) as Error);
  });

  it('is written all the same outside of a request, where nothing can be kept alive', async () => {
    const { promise: written, resolve } = Promise.withResolvers<string>();
    const put = async (_url: string, response: Response): Promise<void> => resolve(await response.text());
    const waitUntil = (): void => {
      throw new Error('outside of a request');
    };
    const readTier = cacheTier({ ...cache, put }, { waitUntil });
    const store = durableObjectStore(new ObjectNamespace(), { encryptionKey, readTier });
    await store.look('key', ask);
    await store.put('key', 'one', token, 600_000);
    expect(await written).toContain(token.id);
  });
});
