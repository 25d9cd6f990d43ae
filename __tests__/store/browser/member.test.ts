import { describe, expect, it } from '@jest/globals';
import type { MemberMessage } from '../../../src/store/browser/member-messages.ts';
import type { StoreAsk, StoredToken, StoreNews } from '../../../src/store/token-store.ts';
import { storeContract } from '../../../src/testing/store-contract.ts';
import { tick } from '../../fakes/fake-clock.ts';
import { type FakeContext, FakeOrigin } from './fake-origin.ts';

const KEY = 'a key';
const LIFETIME_MS = 600_000;
const token: StoredToken = {
  id: 'first',
  value: 'value',
  tokenType: 'Bearer',
  response: {},
  lifetimeMs: LIFETIME_MS,
  marginMs: 1_000,
  isForced: false,
};
const ask = (owner: string, more: Partial<StoreAsk> = {}): StoreAsk => ({ owner, leaseMs: 3_000, ...more });
const kindOf = (data: unknown): MemberMessage['tokenflight'] => (data as MemberMessage).tokenflight;

async function put({ store }: FakeContext, given: StoredToken = token): Promise<void> {
  expect(await store.look(KEY, ask('putter', { always: true }))).toMatchObject({ lease: 'held' });
  expect(await store.put(KEY, 'putter', given, given.lifetimeMs)).toBe(true);
  await tick();
}

describe('a store that the contexts of an origin share', () => {
  storeContract({ describe, it }, async () => {
    const origin = new FakeOrigin();
    const contexts = await origin.openMany(3);
    return { handles: contexts.map(({ store }) => store), advance: (ms) => origin.clock.advance(ms) };
  });
});

describe('the one who is first', () => {
  it('answers what was asked before it had the lock', async () => {
    const { store } = new FakeOrigin().open();
    expect(await store.look(KEY, ask('one'))).toEqual({ generation: 0, lease: 'held' });
  });

  it('is asked again by those who came at the same time', async () => {
    const origin = new FakeOrigin();
    const contexts = Array.from({ length: 8 }, () => origin.open());
    const looks = contexts.map(({ store }, index) => store.look(KEY, ask(`owner-${index}`)));
    const held = (await Promise.all(looks)).filter(({ lease }) => lease === 'held');
    expect(held).toHaveLength(1);
  });
});

describe('nobody says more than there is to say', () => {
  it.each([
    ['that ended before the word of it came', 100],
    ['that is kept', 60_000],
  ])('of a lease %s', async (_which, leaseMs) => {
    const origin = new FakeOrigin();
    const [leader, other] = (await origin.openMany(3)) as [FakeContext, FakeContext];
    origin.isDelayed = (_from, _to, data) => kindOf(data) === 'state';
    for (const { store } of [leader, other]) {
      await store.look(`${KEY} of ${store === other.store}`, { owner: 'one', leaseMs });
    }
    await origin.clock.advance(1_000);
    await leader.store.look('a third key', { owner: 'one', leaseMs }); // others that are over are forgotten with it
    await origin.letThrough();
    const { words } = origin;
    await tick();
    await tick();
    expect(origin.words).toBe(words);
  });
});

describe('when the leader is gone', () => {
  it('the token, its count and its age are known to the next', async () => {
    const origin = new FakeOrigin();
    const [leader, next, other] = (await origin.openMany(3)) as [FakeContext, FakeContext, FakeContext];
    await put(other);
    await origin.clock.advance(100_000);
    await leader.crash();
    const expected = { generation: 1, token: { token, remainingMs: LIFETIME_MS - 100_000 } };
    expect(await other.store.look(KEY, ask('one'))).toEqual(expected);
    await next.crash();
    expect(await other.store.look(KEY, ask('one'))).toEqual(expected);
  });

  it('also to one who came after the token', async () => {
    const origin = new FakeOrigin();
    const [leader] = (await origin.openMany(1)) as [FakeContext];
    await put(leader);
    const late = origin.open();
    await tick();
    await leader.crash();
    expect((await late.store.look(KEY, ask('one'))).token?.token).toEqual(token);
  });

  it('a lease is kept for its owner, who puts the token', async () => {
    const origin = new FakeOrigin();
    const [leader, next, owner] = (await origin.openMany(3)) as [FakeContext, FakeContext, FakeContext];
    await owner.store.look(KEY, ask('owner'));
    await leader.crash();
    expect(await next.store.look(KEY, ask('another'))).toEqual({ generation: 0, lease: { remainingMs: 3_000 } });
    expect(await owner.store.extend(KEY, 'owner', 3_000)).toBe(true);
    expect(await owner.store.put(KEY, 'owner', token, LIFETIME_MS)).toBe(true);
    expect((await next.store.look(KEY, ask('another'))).token?.token).toEqual(token);
  });

  it('its own lease ends in its time', async () => {
    const origin = new FakeOrigin();
    const [leader, next] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await leader.store.look(KEY, ask('leader'));
    await tick();
    await leader.crash();
    await origin.clock.advance(2_999);
    expect((await next.store.look(KEY, ask('next'))).lease).toEqual({ remainingMs: 1 });
    await origin.clock.advance(1);
    expect((await next.store.look(KEY, ask('next'))).lease).toBe('held');
  });

  it('a failure is remembered until its pause is over', async () => {
    const origin = new FakeOrigin();
    const [leader, next] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await leader.store.look(KEY, ask('leader'));
    await leader.store.release(KEY, 'leader', { code: 'ERR', message: 'why', retryable: true, pauseMs: 5_000 });
    await tick();
    await leader.crash();
    await origin.clock.advance(1_000);
    expect((await next.store.look(KEY, ask('next'))).failure).toMatchObject({ message: 'why', pauseMs: 4_000 });
  });

  it('what it was asked and did not answer, the next is asked', async () => {
    const origin = new FakeOrigin();
    const [leader, , other] = (await origin.openMany(3)) as [FakeContext, FakeContext, FakeContext];
    leader.freeze();
    const answer = other.store.look(KEY, ask('one'));
    await tick();
    await leader.crash();
    expect(await answer).toEqual({ generation: 0, lease: 'held' });
  });

  it('its late answers count for nothing', async () => {
    const origin = new FakeOrigin();
    const [leader, next, other] = (await origin.openMany(3)) as [FakeContext, FakeContext, FakeContext];
    origin.isDelayed = (from) => from === leader; // all of its last words
    const answer = other.store.look(KEY, ask('one'));
    await tick();
    expect(origin.delayed.map(({ data }) => kindOf(data))).toContain('answer');
    other.freeze();
    await leader.crash();
    expect((await next.store.look(KEY, ask('two'))).lease).toBe('held');
    origin.isDelayed = (from, to, data) => from === next && to === other && kindOf(data) === 'answer';
    await other.thaw(); // it knows who leads now, and waits for what that one says
    await origin.letThrough(({ from }) => from === leader);
    await origin.letThrough();
    expect((await answer).lease).toEqual({ remainingMs: 3_000 });
  });

  it('nor does what it was asked and did: the next does not do it again', async () => {
    const origin = new FakeOrigin();
    const [leader, next] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    origin.isDelayed = (_from, to, data) => to === next && kindOf(data) === 'ask';
    await put(leader);
    await leader.store.invalidate(KEY, token.id, 0);
    await leader.crash();
    await origin.letThrough();
    expect(await next.store.look(KEY, ask('one'))).toEqual({ generation: 1, lease: 'held', wasRejected: true });
  });

  it('a rejected token does not come back, however late the word of it is', async () => {
    const origin = new FakeOrigin();
    const [leader, next, other] = (await origin.openMany(3)) as [FakeContext, FakeContext, FakeContext];
    await put(leader);
    origin.isDelayed = (from) => from === leader;
    void leader.store.invalidate(KEY, token.id, 0);
    other.freeze();
    await tick();
    // The leader's own echo was held back too: what it was asked came to it all the same.
    await origin.letThrough();
    next.freeze();
    await leader.crash();
    await next.thaw();
    expect(await next.store.look(KEY, ask('next'))).toEqual({ generation: 1, lease: 'held', wasRejected: true });
  });

  it('nor does it if the next leads before it hears the word', async () => {
    const origin = new FakeOrigin();
    const [leader, next] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await put(leader);
    origin.isDelayed = (from, to) => from === leader && to === next;
    await leader.store.invalidate(KEY, token.id, 0);
    await leader.crash();
    expect((await next.store.look(KEY, ask('next'))).token?.token).toEqual(token);
    // It even gives leases meanwhile.
    expect((await next.store.look(KEY, ask('next', { unwantedId: token.id }))).lease).toBe('held');
    await origin.letThrough();
    expect(await next.store.look(KEY, ask('next'))).toMatchObject({ generation: 1, wasRejected: true });
    expect((await next.store.look(KEY, ask('next'))).token).toBeUndefined();
  });

  it('it serves nobody before it has heard what was said before', async () => {
    const origin = new FakeOrigin();
    const [leader, next, other] = (await origin.openMany(3)) as [FakeContext, FakeContext, FakeContext];
    await put(leader);
    await leader.store.invalidate(KEY, token.id, 0); // its word is not heard yet
    const answer = other.store.look(KEY, ask('other'));
    origin.isDelayed = (from, to) => from === next && to === next; // nor that the lock was passed on
    await leader.crash();
    let isAnswered = false;
    void answer.then(() => {
      isAnswered = true;
    });
    await tick();
    expect(isAnswered).toBe(false);
    await origin.letThrough();
    expect((await answer).wasRejected).toBe(true);
  });

  it('an older token does not take the place of a newer one, though it counts more', async () => {
    const origin = new FakeOrigin();
    const [leader, next, other] = (await origin.openMany(3)) as [FakeContext, FakeContext, FakeContext];
    origin.isDelayed = (from, to) => from === leader && to === next;
    await put(leader, { ...token, id: 'old' });
    await put(leader, { ...token, id: 'older than the next' });
    other.freeze(); // it knows better, and cannot say it
    await leader.crash();
    await put(next, { ...token, id: 'new' });
    await origin.letThrough();
    expect((await next.store.look(KEY, ask('one'))).token?.token.id).toBe('new');
    await other.thaw();
    const found = await other.store.look(KEY, ask('one'));
    expect([found.token?.token.id, found.generation]).toEqual(['new', 1]);
    await next.crash();
    expect((await other.store.look(KEY, ask('one'))).token?.token.id).toBe('new');
  });

  it('of a token that the next did not hear of, the others tell it', async () => {
    const origin = new FakeOrigin();
    const [leader, next] = (await origin.openMany(3)) as [FakeContext, FakeContext];
    origin.isDelayed = (from, to) => from === leader && to === next;
    await put(leader);
    await leader.crash();
    await tick(); // they have to hear of it first
    expect((await next.store.look(KEY, ask('one'))).token?.token).toEqual(token);
  });

  it('one who leads and knows less than the others learns it', async () => {
    const origin = new FakeOrigin();
    const [first, second] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await first.crash();
    await put(second);
    const knowing = origin.open();
    await tick();
    const known = origin.contexts.length;
    origin.isDelayed = (_from, to) => origin.contexts.indexOf(to) === known;
    const ignorant = origin.open();
    await tick();
    origin.isDelayed = () => false;
    origin.lockQueue.splice(1, 2, ...origin.lockQueue.slice(1).reverse()); // it is let in front
    await second.crash();
    await tick();
    expect(origin.lockQueue[0]?.context).toBe(ignorant);
    expect((await knowing.store.look(KEY, ask('one'))).token?.token).toEqual(token);
    expect((await ignorant.store.look(KEY, ask('one'))).token?.token).toEqual(token);
    await knowing.store.invalidate(KEY, token.id, 0);
    await tick();
    await ignorant.crash();
    expect((await knowing.store.look(KEY, ask('one'))).wasRejected).toBe(true);
  });
});

describe('time', () => {
  it('that a word was on its way does not lengthen a life', async () => {
    const origin = new FakeOrigin();
    const [leader, slow] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    slow.freeze();
    await put(leader);
    await origin.clock.advance(100_000);
    await slow.thaw();
    await leader.crash();
    expect((await slow.store.look(KEY, ask('one'))).token?.remainingMs).toBe(LIFETIME_MS - 100_000);
  });

  it('that the machine slept counts', async () => {
    const origin = new FakeOrigin();
    const [leader, other] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await put(leader);
    origin.clock.suspend(LIFETIME_MS);
    expect(await other.store.look(KEY, ask('one'))).toEqual({ generation: 1, lease: 'held' });
  });
});

describe('a context that stands still', () => {
  it('gets what it missed when it is back, and forgets what it knew', async () => {
    const origin = new FakeOrigin();
    const [leader, page] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await put(leader);
    page.member.leave();
    await leader.store.invalidate(KEY, token.id, 0);
    page.member.enter();
    page.member.enter();
    await tick();
    await leader.crash();
    expect((await page.store.look(KEY, ask('one'))).wasRejected).toBe(true);
  });

  it('brings back nothing when it is the only one', async () => {
    const origin = new FakeOrigin();
    const [leader, page] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await put(leader);
    page.member.leave();
    await leader.store.invalidate(KEY, token.id, 0);
    await leader.crash();
    page.member.enter();
    expect(await page.store.look(KEY, ask('one'))).toEqual({ generation: 0, lease: 'held' });
  });

  it('does not lead meanwhile', async () => {
    const origin = new FakeOrigin();
    const [leader, other] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    await put(leader);
    leader.member.leave();
    leader.member.leave();
    await tick();
    expect((await other.store.look(KEY, ask('one'))).token?.token).toEqual(token);
    const pending = leader.store.look(KEY, ask('two'));
    leader.member.enter();
    expect((await pending).token?.token).toEqual(token);
  });
});

describe('the channel', () => {
  it('carries what others post, and nobody is misled by it', async () => {
    const origin = new FakeOrigin();
    const [leader, other] = (await origin.openMany(2)) as [FakeContext, FakeContext];
    const heard: StoreNews[] = [];
    other.store.subscribe((news) => void heard.push(news));
    const stranger = new (class {
      readonly name = 'a place';
    })();
    const entry = { generation: 9, epoch: 2 ** 40, forgetMs: 1e9 };
    for (const data of [
      null,
      'text',
      { tokenflight: '__proto__', epoch: 1 },
      { tokenflight: 'ask', epoch: Number.NaN, id: 'a', method: 'look', args: [KEY, ask('stranger')] },
      { tokenflight: 'ask', epoch: 1, id: 'b', method: 'look', args: [KEY, { owner: 'x', leaseMs: Number.NaN }] },
      { tokenflight: 'ask', epoch: 1, id: 'c', method: 'close', args: [] },
      { tokenflight: 'state', epoch: 2 ** 50, isWhole: true, sentMs: 0, entries: [] },
      { tokenflight: 'state', epoch: 1, isWhole: true, sentMs: 0, entries: [[KEY, { ...entry, token: 'x' }]] },
      { tokenflight: 'seed', epoch: 1, sentMs: Number.NaN, entries: [[KEY, entry]] },
      { tokenflight: 'news', epoch: 1, news: { type: 7, key: KEY } },
    ]) {
      origin.post(leader, stranger as never, data);
    }
    await tick();
    expect(heard).toEqual([]);
    expect(await other.store.look(KEY, ask('one'))).toEqual({ generation: 0, lease: 'held' });
  });

  it('fails what is asked, at once, where the platform refuses the lock', async () => {
    const origin = new FakeOrigin();
    origin.lock = () => Promise.reject(new Error('not in a sandbox'));
    const { store } = origin.open();
    await tick();
    await expect(store.look(KEY, ask('one'))).rejects.toThrow('not in a sandbox');
  });
});
