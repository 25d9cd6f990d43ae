import type { StoredToken } from '../store/token-store.ts';
import {
  aFailure,
  aToken,
  expectBetween,
  expectEqual,
  expectLease,
  LIFETIME_MS,
  type StoreCase,
  TICK_MS,
} from './store-case.ts';

const forms: Readonly<Record<string, Partial<StoredToken>>> = {
  'the fewest': {},
  all: {
    scope: 'read write',
    refreshInMs: 300_000,
    isForced: true,
    response: { id_token: 'a.b.c', nested: { list: [1, null, true, 'x'], empty: {} }, sixty: 60, none: null },
  },
  'letters of every kind': { scope: '', response: { 'schlüssel "1"\\': 'größe 🔑 \u0000\u2028\n', '': '' } },
  'a value of 32 KB': { value: 'a1-_'.repeat(8_192), response: { more: 'b'.repeat(4_096) } },
  'a refresh token, which need not fit into a header': { value: ' rt 1\u00e9 ', tokenType: 'refresh_token' },
  'fractions of a millisecond': { refreshInMs: 1_000.5, marginMs: 1_000.25 },
};

/** Which token is there, for whom it will do, and how long. */
export const tokenCases: readonly StoreCase[] = [
  ...Object.entries(forms).map(
    ([name, members]): StoreCase => [
      `a token comes back as it was put: ${name}`,
      async ({ look, put, theirs }) => {
        const token = { ...aToken, ...members };
        await put(token);
        const { token: found, lease, generation } = await look('two', {}, theirs);
        expectEqual([found?.token, lease, generation], [token, null, 1], 'what is there');
        expectBetween(found?.remainingMs, 1, LIFETIME_MS, 'remaining time');
      },
    ],
  ),
  [
    'nobody can change what others find',
    async ({ look, put, theirs }) => {
      const response = { list: ['as put'] };
      await put({ ...aToken, response });
      response.list.push('changed by who put it');
      const mine = (await look('one')).token?.token.response['list'];
      if (Array.isArray(mine)) mine.push('changed by who found it');
      expectEqual((await look('two', {}, theirs)).token?.token.response, { list: ['as put'] }, 'response');
    },
  ],
  [
    'what is left of its life grows less',
    async ({ look, put, theirs, advance }) => {
      await put(aToken, 400_000);
      const before = (await look('two', {}, theirs)).token?.remainingMs ?? 0;
      expectBetween(before, 1, 400_000, 'remaining time');
      await advance(100);
      const after = (await look('two', {}, theirs)).token?.remainingMs;
      expectBetween(after, 1, before - 100 + TICK_MS, 'remaining time, later');
    },
  ],
  [
    'no token lives longer than its lifetime from when the lease was taken',
    async ({ look, key, ours, theirs, advance }) => {
      await look('one');
      await advance(100);
      await look('one');
      await ours.extend(key, 'one', LIFETIME_MS);
      await ours.put(key, 'one', aToken, 5 * LIFETIME_MS);
      const { token } = await look('two', {}, theirs);
      expectBetween(token?.remainingMs, 1, LIFETIME_MS - 100 + TICK_MS, 'remaining time');
    },
  ],
  [
    'a token whose life is over is gone, but counted',
    async ({ look, put, theirs, advance }) => {
      await put({ ...aToken, marginMs: 0 }, 100);
      await advance(200);
      expectEqual(await look('two', {}, theirs), { generation: 1, lease: 'held' }, 'what is there');
    },
  ],
  [
    'a token that comes after its life changes nothing but the count',
    async ({ look, put, theirs }) => {
      await put(aToken, 0);
      expectEqual(await look('two', {}, theirs), { generation: 1, lease: 'held' }, 'what is there');
    },
  ],
  [
    'a token in its margin will not do',
    async ({ look, put, theirs }) => {
      await put(aToken, aToken.marginMs);
      expectEqual(await look('two', {}, theirs), { generation: 1, lease: 'held' }, 'what is there');
    },
  ],
  [
    'nor will one that ends sooner than is asked for',
    async ({ look, put, theirs }) => {
      await put();
      const enough = await look('one', { minRemainingMs: LIFETIME_MS / 2 });
      expectEqual([enough.token?.token, enough.lease], [aToken, null], 'where it lives long enough');
      const tooShort = await look('two', { minRemainingMs: LIFETIME_MS + 1 }, theirs);
      expectEqual([tooShort.token, tooShort.lease], [null, 'held'], 'where it does not');
    },
  ],
  [
    'nor will the one that is not wanted',
    async ({ look, put, theirs }) => {
      await put();
      expectEqual((await look('one', { unwantedId: 'another' })).token?.token, aToken, 'where another is not wanted');
      const looked = await look('two', { unwantedId: aToken.id }, theirs);
      expectEqual(looked, { generation: 1, lease: 'held' }, 'where it is not wanted');
      expectEqual((await look('three')).token?.token, aToken, 'to everybody else, meanwhile');
    },
  ],
  [
    'unless it was asked for again meanwhile, and lives on: some servers hand out one token many times',
    async ({ look, key, ours, theirs, put, advance }) => {
      await put();
      const renewed = { unwantedId: aToken.id, renewedWithinMs: LIFETIME_MS / 2, minRemainingMs: 2 * LIFETIME_MS };
      const found = await look('one', renewed, theirs);
      expectEqual([found.token?.token, found.lease], [aToken, null], 'where it was');
      await advance(200);
      expectLease(await look('two', { ...renewed, renewedWithinMs: 100 }), 'held');
      await ours.release(key, 'two');
      await put(aToken, aToken.marginMs);
      expectLease(await look('three', { ...renewed, renewedWithinMs: 2 * LIFETIME_MS }), 'held');
    },
  ],
  [
    '`always` takes the lease and shows what is there, whatever it is',
    async ({ look, key, ours, theirs, put }) => {
      await put(aToken, aToken.marginMs / 2);
      const leading = await look('one', { always: true, unwantedId: aToken.id });
      expectLease(leading, 'held');
      expectEqual(leading.token?.token, aToken, 'token in its margin');
      const following = await look('two', { always: true }, theirs);
      expectLease(following, 'busy');
      expectEqual(following.token?.token, aToken, 'token while another holds the lease');
      await ours.release(key, 'one', aFailure);
      const again = await look('two', { always: true }, theirs);
      expectEqual([again.lease, again.failure], ['held', null], 'after a failure');
    },
  ],
  [
    'a token that is put again, since the answer was lost, is there, and changes nothing',
    async ({ look, key, ours, theirs, put }) => {
      await put();
      expectEqual(await ours.put(key, 'one', aToken, LIFETIME_MS), true, 'put again');
      const { token, generation } = await look('two', {}, theirs);
      expectEqual([token?.token.id, generation], [aToken.id, 1], 'what is there');
      await look('two', { always: true }, theirs);
      expectEqual(await ours.put(key, 'one', aToken, LIFETIME_MS), true, 'put again while another leads');
      expectEqual(await theirs.put(key, 'two', { ...aToken, id: 'newer' }, LIFETIME_MS), true, 'a newer one');
      expectEqual(await ours.put(key, 'one', aToken, LIFETIME_MS), false, 'put after a newer one');
    },
  ],
  [
    'the generation grows by one with each token, and never goes back',
    async ({ look, key, ours, theirs, put, advance }) => {
      const generation = async (): Promise<number> => (await look('two', { always: true }, theirs)).generation;
      const free = (): Promise<boolean> => theirs.release(key, 'two', aFailure);
      await put();
      expectEqual(await generation(), 1, 'after a token');
      await free();
      expectEqual(await generation(), 1, 'after a failure');
      await free();
      await ours.invalidate(key, aToken.id, 0);
      expectEqual(await generation(), 1, 'after a rejection');
      await free();
      await put({ ...aToken, marginMs: 0 }, 100);
      expectEqual(await generation(), 2, 'after the second token');
      await free();
      await advance(200);
      expectEqual(await generation(), 2, 'after its end');
      await free();
      await put();
      expectEqual(await generation(), 3, 'after the third token');
    },
  ],
  [
    'a rejection drops the current token and no other',
    async ({ look, key, theirs, put }) => {
      expectEqual(await theirs.invalidate(key, aToken.id, 0), false, 'where nothing is');
      await put();
      expectEqual(await theirs.invalidate(key, 'another', 0), false, 'of another token');
      expectEqual((await look('one')).token?.token, aToken, 'what is there');
      expectEqual(await theirs.invalidate(key, aToken.id, LIFETIME_MS), true, 'of the current one');
      expectEqual(await theirs.invalidate(key, aToken.id, 0), false, 'of it once more');
      expectEqual(await look('two'), { generation: 1, lease: 'held', wasRejected: true }, 'what is left');
    },
  ],
  [
    'a rejection does not touch the lease',
    async ({ look, key, ours, theirs, put }) => {
      await put();
      await look('one', { always: true });
      await theirs.invalidate(key, aToken.id, 0);
      expectLease(await look('two', {}, theirs), 'busy');
      expectEqual(await ours.put(key, 'one', { ...aToken, id: 'next' }, LIFETIME_MS), true, 'put by its holder');
    },
  ],
  [
    'a token that came by force is kept while it is young',
    async ({ look, key, theirs, put, advance }) => {
      await put({ ...aToken, isForced: true });
      await advance(100);
      expectEqual(await theirs.invalidate(key, aToken.id, LIFETIME_MS), false, 'while it is young');
      expectEqual((await look('one')).token?.token.id, aToken.id, 'what is there');
      expectEqual(await theirs.invalidate(key, aToken.id, 50), true, 'when it is old enough');
    },
  ],
  [
    'a rejection is remembered until the next token',
    async ({ look, key, ours, theirs, put }) => {
      await put();
      expectEqual((await look('one', { always: true })).wasRejected ?? false, false, 'before');
      await ours.release(key, 'one');
      await ours.invalidate(key, aToken.id, 0);
      expectEqual((await look('one')).wasRejected, true, 'to who gets the lease');
      expectEqual((await look('two', {}, theirs)).wasRejected, true, 'to who does not');
      await ours.release(key, 'one', aFailure);
      expectEqual((await look('two', {}, theirs)).wasRejected, true, 'after a failure');
      await put({ ...aToken, id: 'the-second' });
      expectEqual((await look('two', { always: true }, theirs)).wasRejected ?? false, false, 'after the next token');
    },
  ],
];
