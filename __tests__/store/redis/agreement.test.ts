import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memoryStore } from '../../../src/store/memory-store.ts';
import { redisStore } from '../../../src/store/redis/redis-store.ts';
import type { TokenStore } from '../../../src/store/token-store.ts';
import { RedisServer } from '../../servers/redis-server.ts';
import { type MadeClient, singleClients } from './clients.ts';
import { describeWithRedis, encryptionKey, failure, token } from './rig.ts';

const owner = fc.constantFrom('me', 'you');
const id = fc.constantFrom('one', 'two');
// Far enough apart that it does not matter how long a run takes.
const remainingMs = fc.constantFrom(0, 30_000, 300_000, 600_000, 900_000);

/** Something to do to a store, and what came of it. */
type Step = (store: TokenStore, key: string) => Promise<unknown>;

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: lookStep(), weight: 4 },
  fc.tuple(owner, id, remainingMs, fc.boolean()).map(
    ([by, tokenId, leftMs, isForced]): Step =>
      (store, key) =>
        store.put(key, by, { ...token, id: tokenId, isForced }, leftMs),
  ),
  fc.tuple(owner, fc.constantFrom(undefined, failure, { ...failure, pauseMs: 0 })).map(
    ([by, why]): Step =>
      (store, key) =>
        store.release(key, by, why),
  ),
  fc.tuple(id, fc.constantFrom(0, 150_000, 450_000)).map(
    ([tokenId, intervalMs]): Step =>
      (store, key) =>
        store.invalidate(key, tokenId, intervalMs),
  ),
  owner.map(
    (by): Step =>
      (store, key) =>
        store.extend(key, by, 60_000),
  ),
);

function lookStep(): fc.Arbitrary<Step> {
  const ask = fc.record({
    owner,
    leaseMs: fc.constant(60_000),
    unwantedId: fc.option(id, { nil: undefined }),
    minRemainingMs: fc.constantFrom(undefined, 0, 150_000, 450_000),
    renewedWithinMs: fc.constantFrom(undefined, 0, 150_000, 450_000),
    always: fc.constantFrom(undefined, false, true),
  });
  return ask.map(
    (asked): Step =>
      (store, key) =>
        store.look(key, asked),
  );
}

describeWithRedis('it does what the reference does, step by step', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  }, 60_000);
  afterAll(async () => server?.stop());

  describe.each(Object.keys(singleClients))('with %s', (name) => {
    let made: MadeClient;
    beforeAll(async () => {
      made = await (singleClients[name] as (typeof singleClients)[string])([server.port]);
    });
    afterAll(() => {
      made.close();
    });

    test('whatever the steps are', async () => {
      const store = redisStore(made.client, { encryptionKey });
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
          const reference = memoryStore();
          const key = `${name.replaceAll(/\W/g, '')}-${runs++}`;
          for (const take of steps) {
            const [ours, theirs] = [await take(store, key), await take(reference, key)];
            expect(comparable(ours)).toEqual(comparable(theirs));
          }
        }),
        { numRuns: 200 },
      );
    }, 120_000);
  });
});

/** Times that are left are rounded to minutes: what a run may take makes no difference. */
function comparable(answer: unknown): unknown {
  const text = JSON.stringify(answer, (name, value) =>
    /^(remainingMs|pauseMs)$/.test(name) ? Math.ceil(Number(value) / 30_000) : value === false ? undefined : value,
  );
  return text === undefined ? undefined : JSON.parse(text);
}
