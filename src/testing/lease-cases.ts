import {
  aFailure,
  aToken,
  expectBetween,
  expectEqual,
  expectLease,
  LEASE_MS,
  LIFETIME_MS,
  type StoreCase,
  TICK_MS,
} from './store-case.ts';

/** Who may ask the token endpoint, and who may say what came of it. */
export const leaseCases: readonly StoreCase[] = [
  [
    'who finds no token gets the lease, who comes next learns how long it is kept',
    async ({ look, theirs }) => {
      expectEqual(await look('one'), { generation: 0, lease: 'held' }, 'the first look');
      const second = await look('two', {}, theirs);
      expectLease(second, 'busy');
      expectBetween((second.lease as { remainingMs: number }).remainingMs, 1, LEASE_MS, 'remaining time of the lease');
      expectEqual([second.token, second.failure, second.generation], [null, null, 0], 'the rest');
    },
  ],
  [
    'who holds the lease and asks again holds it still',
    async ({ look, theirs }) => {
      await look('one');
      expectLease(await look('one', {}, theirs), 'held');
    },
  ],
  [
    'of many who look at the same time exactly one gets the lease',
    async ({ look, handles }) => {
      const looks = Array.from({ length: 20 }, (_none, index) =>
        look(`owner-${index}`, {}, handles[index % handles.length]),
      );
      const held = (await Promise.all(looks)).filter(({ lease }) => lease === 'held');
      expectEqual(held.length, 1, 'leases');
    },
  ],
  [
    'a lease ends by itself, and a token that comes later is refused',
    async ({ look, key, ours, theirs, advance }) => {
      await look('one', { leaseMs: 100 });
      await advance(200);
      expectEqual(await ours.put(key, 'one', aToken, LIFETIME_MS), false, 'put after the end of the lease');
      expectEqual(await ours.extend(key, 'one', LEASE_MS), false, 'extend after the end of the lease');
      expectEqual(await ours.release(key, 'one', aFailure), false, 'release after the end of the lease');
      expectEqual(await look('two', {}, theirs), { generation: 0, lease: 'held' }, 'the next look');
      expectEqual(await ours.put(key, 'one', aToken, LIFETIME_MS), false, 'put while another holds the lease');
      expectEqual(await theirs.put(key, 'two', aToken, LIFETIME_MS), true, 'put by the new holder');
      expectEqual(await ours.put(key, 'one', { ...aToken, id: 'late' }, LIFETIME_MS), false, 'put after all that');
      const { token, generation } = await look('three');
      expectEqual([token?.token, generation], [aToken, 1], 'what is there');
    },
  ],
  [
    'nothing is put, kept or released without the lease',
    async ({ look, key, ours, theirs }) => {
      expectEqual(await ours.put(key, 'one', aToken, LIFETIME_MS), false, 'put');
      expectEqual(await ours.extend(key, 'one', LEASE_MS), false, 'extend');
      expectEqual(await ours.release(key, 'one', aFailure), false, 'release');
      expectEqual(await look('one'), { generation: 0, lease: 'held' }, 'what is there');
      expectEqual(await theirs.put(key, 'two', aToken, LIFETIME_MS), false, 'put by another');
      expectEqual(await theirs.extend(key, 'two', 9 * LEASE_MS), false, 'extend by another');
      expectEqual(await theirs.release(key, 'two', aFailure), false, 'release by another');
      const after = await look('two', {}, theirs);
      expectLease(after, 'busy');
      expectBetween((after.lease as { remainingMs: number }).remainingMs, 1, LEASE_MS, 'remaining time of the lease');
      expectEqual([after.token, after.failure, after.generation], [null, null, 0], 'the rest');
    },
  ],
  [
    'its owner extends a lease, from now on',
    async ({ look, key, ours, theirs, advance }) => {
      await look('one');
      expectEqual(await ours.extend(key, 'one', 5 * LEASE_MS), true, 'extend');
      const { lease } = await look('two', {}, theirs);
      expectBetween((lease as { remainingMs: number }).remainingMs, 2 * LEASE_MS, 5 * LEASE_MS, 'remaining time');
      await ours.extend(key, 'one', 100);
      await advance(200);
      expectLease(await look('two', {}, theirs), 'held');
    },
  ],
  [
    'a lease that was given back without a word is free',
    async ({ look, key, ours, theirs }) => {
      await look('one');
      expectEqual(await ours.release(key, 'one'), true, 'release');
      expectEqual(await ours.release(key, 'one'), false, 'release once more');
      expectEqual(await ours.extend(key, 'one', LEASE_MS), false, 'extend after release');
      expectEqual(await look('two', {}, theirs), { generation: 0, lease: 'held' }, 'the next look');
    },
  ],
  [
    'putting a token gives the lease back',
    async ({ look, key, ours, theirs, put }) => {
      await put();
      expectEqual(await ours.extend(key, 'who-puts', LEASE_MS), false, 'extend after put');
      expectEqual(await ours.put(key, 'who-puts', { ...aToken, id: 'other' }, LIFETIME_MS), false, 'put once more');
      expectLease(await look('two', { always: true }, theirs), 'held');
    },
  ],
  [
    'keys know nothing of each other',
    async ({ look, key, ours, theirs, put }) => {
      await look('one');
      const other = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
      const ask = { owner: 'two', leaseMs: LEASE_MS };
      expectEqual(await theirs.look(other, ask), { generation: 0, lease: 'held' }, 'look at another key');
      expectEqual(await theirs.put(other, 'one', aToken, LIFETIME_MS), false, 'put with the lease of another key');
      await ours.release(key, 'one');
      await put();
      expectEqual(await theirs.invalidate(other, aToken.id, 0), false, 'invalidate at another key');
      expectLease(await theirs.look(other, { ...ask, owner: 'three' }), 'busy');
    },
  ],
  [
    'a failure is told until its pause is over, and nobody gets the lease before',
    async ({ look, key, ours, theirs, advance }) => {
      await look('one');
      const refusal = {
        status: 400,
        error: 'invalid_scope',
        errorDescription: 'größer',
        errorUri: 'https://a.example',
      };
      const failure = { ...aFailure, retryable: false, refusal };
      expectEqual(await ours.release(key, 'one', failure), true, 'release');
      await advance(50);
      const told = await look('two', {}, theirs);
      expectLease(told, undefined);
      expectBetween(told.failure?.pauseMs, 1, aFailure.pauseMs - 50 + TICK_MS, 'rest of the pause');
      expectEqual({ ...told.failure, pauseMs: 0 }, { ...failure, pauseMs: 0 }, 'failure');
      expectLease(await look('two', { always: true }, theirs), 'held');
      await theirs.release(key, 'two', { ...aFailure, pauseMs: 100 });
      await advance(200);
      expectEqual(await look('three'), { generation: 0, lease: 'held' }, 'look after the pause');
    },
  ],
  [
    'a failure without a pause is not told',
    async ({ look, key, ours, theirs }) => {
      await look('one');
      await ours.release(key, 'one', { ...aFailure, pauseMs: 0 });
      expectEqual(await look('two', {}, theirs), { generation: 0, lease: 'held' }, 'the next look');
    },
  ],
  [
    'a failure is not told where a token will do, and is forgotten with the next token',
    async ({ look, key, ours, theirs, put }) => {
      await put();
      await look('one', { always: true });
      await ours.release(key, 'one', aFailure);
      const found = await look('two', {}, theirs);
      expectEqual([found.token?.token, found.failure, found.lease], [aToken, null, null], 'where a token will do');
      const unwanted = await look('two', { unwantedId: aToken.id }, theirs);
      expectEqual([unwanted.token, unwanted.failure?.code], [null, aFailure.code], 'where none will do');
      await put({ ...aToken, id: 'the-second' });
      const after = await look('two', { unwantedId: 'the-second' }, theirs);
      expectEqual([after.failure, after.lease], [null, 'held'], 'after the next token');
    },
  ],
];
