import { expect, test } from '@jest/globals';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { checkSchedules, describeFailure } from './check-schedules.ts';

const SCHEDULES = 10_000;
const seed = Number(process.env['SIMULATION_SEED'] ?? 20_300_101);

/** All that a schedule can get into; a few of each show that the simulation does not pass by. */
const SITUATIONS = [
  'call, begins a flight',
  'call, joins a flight',
  'call, fresh token',
  'call, stale token',
  'call, margin token',
  'call, waits in the margin',
  'call, cool-down',
  'forced call, begins a flight',
  'forced call, joins a flight',
  'forced call, fresh token',
  'forced call, stale token',
  'forced call, cool-down',
  'token reaches callers',
  'failure reaches callers',
  'falls back after a failure',
  'falls back when patience ends',
  'flight that somebody needs',
  'flight behind',
  'attempt repeated',
  'attempt given up',
  'attempt ended by close()',
  'secret read again',
  'token over when it arrives',
  'rejected',
  'late rejection',
  'rejection limited',
  'evicted',
  'evicted in flight',
  'aborted',
  'closed while waiting',
];

test(`${SCHEDULES} schedules keep every promise`, async () => {
  const { failure, coverage } = await checkSchedules({ TokenProvider }, { runs: SCHEDULES, seed });
  if (failure !== undefined) throw new Error(describeFailure(failure));
  const rare = SITUATIONS.filter((situation) => (coverage.counts.get(situation) ?? 0) < 10);
  expect(rare).toEqual([]);
  expect(coverage.counts.get('key lost in fog') ?? 0).toBeLessThan(SCHEDULES / 50);
}, 180_000);

test('a failure is shrunk, and found again by its seed and path', async () => {
  class Forgetful extends TokenProvider {
    override invalidate(): Promise<boolean> {
      return Promise.resolve(true);
    }
  }
  const engine = { TokenProvider: Forgetful };
  const first = (await checkSchedules(engine, { runs: 1_000, seed })).failure;
  expect(first?.violations).toEqual([expect.objectContaining({ invariant: 9 })]);
  expect(first?.schedule.steps.length).toBeLessThanOrEqual(3);
  const again = (await checkSchedules(engine, { runs: 1, seed, path: first?.path })).failure;
  expect(again).toEqual(first);
}, 60_000);

test('an unhandled rejection is noticed', async () => {
  class Careless extends TokenProvider {
    override peek(): undefined {
      void Promise.reject(new Error('nobody caught this'));
    }
  }
  const { failure } = await checkSchedules({ TokenProvider: Careless }, { runs: 1_000, seed, shrinks: false });
  expect(failure?.violations).toContainEqual({
    invariant: 7,
    what: 'an unhandled rejection: Error: nobody caught this',
  });
});
