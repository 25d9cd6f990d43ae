import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { installSyncDigest } from '../fakes/sync-digest.ts';
import { type Plan, WorkerUnderTest } from './worker-under-test.ts';

const seed = Number(process.env['SIMULATION_SEED'] ?? 20_300_101);
const FOR_EVER_MS = 1_000_000;

let restore: () => void;
beforeAll(() => {
  restore = installSyncDigest();
});
afterAll(() => restore());

const visit = fc.record({
  isolate: fc.nat(1),
  scope: fc.constantFrom('a', 'a', 'b'),
  comesMs: fc.oneof(fc.nat(3_000), fc.constant(0), fc.integer({ min: 1_000, max: 1_010 })), // a flight is lost after 1,000
  livesMs: fc.oneof(fc.constant(FOR_EVER_MS), fc.integer({ min: 1, max: 4_000 })),
});
const takesMs = fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 3_000 }));
const plan: fc.Arbitrary<Plan> = fc.record({
  visits: fc.array(visit, { minLength: 1, maxLength: 8 }),
  takesMs: fc.array(takesMs, { minLength: 1, maxLength: 4 }),
  takesTurns: fc.boolean(),
  isShared: fc.boolean(),
});

it('whenever requests of a Worker die, who lives gets a token, for one more token request for each that died in one', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const worker = new WorkerUnderTest(given);
      await worker.run();
      expect(worker.problems).toEqual([]);
    }),
    { numRuns: Number(process.env['WORKER_SCHEDULES'] ?? 3_000), seed },
  );
}, 180_000);
