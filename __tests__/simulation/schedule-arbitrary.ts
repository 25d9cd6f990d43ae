import fc from 'fast-check';
import type { Edge } from './edges.ts';
import type { PromisedPolicy } from './promised-numbers.ts';
import type { Behaviour, Gap, Schedule, Step } from './schedule.ts';

/** Something that is there once in so many times. */
const oneIn = <T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const gap: fc.Arbitrary<Gap> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Gap>('idle') },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }) },
);

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  kind: fc.oneof(
    { weight: 18, arbitrary: fc.constant<Behaviour['kind']>('token') },
    { weight: 3, arbitrary: fc.constantFrom<Behaviour['kind'][]>('unavailable', 'throttled') },
    { weight: 2, arbitrary: fc.constantFrom<Behaviour['kind'][]>('invalid_client', 'invalid_grant') },
    { weight: 2, arbitrary: fc.constantFrom<Behaviour['kind'][]>('hang', 'deaf') },
    { weight: 3, arbitrary: fc.constantFrom<Behaviour['kind'][]>('unreachable', 'throws', 'cut', 'garbage', 'over') },
  ),
  latencyMs: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, 1, 50, 300) },
    { weight: 2, arbitrary: fc.constantFrom(900, 1_000, 1_900, 3_000) },
    { weight: 1, arbitrary: fc.constantFrom(9_999, 10_000, 12_000) },
  ),
  lifetimeS: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 3, 5) },
    { weight: 3, arbitrary: fc.constantFrom(10, 30, 60, 300, 600, 3_600, 86_400, 2_592_000) },
  ),
  written: fc.constantFrom('number', 'number', 'number', 'string', 'missing'),
  refreshIn: oneIn(5, fc.constantFrom(0, 0.001, 0.25, 0.5, 1, 2)),
  retryAfterS: oneIn(2, fc.constantFrom(0, 1, 3, 8, 30, 7_200)),
  isDate: fc.boolean(),
});

const key = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
);
const signal = fc.integer({ min: 0, max: 2 });
const call = fc.record({
  type: fc.constant('call' as const),
  gap,
  key,
  forced: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  signal: oneIn(3, signal),
  spelling: fc.integer({ min: 0, max: 2 }),
});
const storm = fc.record({
  type: fc.constant('storm' as const),
  gap,
  key,
  forced: fc.boolean(),
  rejects: fc.boolean(),
  times: fc.integer({ min: 2, max: 8 }),
  everyMs: fc.constantFrom(0, 0, 1, 100, 1_000),
});
const durationMs = fc.constantFrom(
  0,
  1,
  10,
  100,
  250,
  500,
  999,
  1_000,
  2_000,
  5_000,
  10_000,
  30_000,
  300_000,
  3_600_000,
);
const wallStepMs = fc.constantFrom(1, 1_000, 30_000, 600_000, 86_400_000);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: call },
  { weight: 2, arbitrary: storm },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('peek' as const), gap, key }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('abort' as const), gap, signal }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('renew' as const), gap, signal }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('invalidate' as const), gap, key, older: fc.nat({ max: 2 }) }),
  },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('advance' as const), gap, ms: durationMs }) },
  {
    weight: 22,
    arbitrary: fc.record({
      type: fc.constant('advance-to' as const),
      gap,
      key,
      edge: fc.constantFrom<(Edge | 'timer')[]>(
        'timer',
        'timer',
        'refresh',
        'margin',
        'end',
        'pause',
        'cool-down',
        'forced',
      ),
      offsetMs: fc.constantFrom(-1, 0, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('step-wall' as const),
      gap,
      ms: fc.tuple(wallStepMs, fc.constantFrom(1, -1)).map(([ms, sign]) => ms * sign),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('suspend' as const), gap, ms: wallStepMs }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const), gap }) },
);

const policy: fc.Arbitrary<PromisedPolicy> = fc.record({
  draw: fc.constantFrom(0, 0.5, 0.75, 0.984_375),
  retries: fc.nat({ max: 3 }),
  timeoutMs: fc.constantFrom(30_000, 30_000, 12_000, 2_000),
  attemptTimeoutMs: fc.constantFrom(10_000, 1_000),
  fallbackLifetimeMs: fc.constantFrom(300_000, 5_000),
  forcedRefreshIntervalMs: fc.constantFrom(5_000, 5_000, 60_000),
  maxTokens: fc.integer({ min: 1, max: 3 }),
  refreshAt: oneIn(6, fc.constantFrom(0.25, 0.9)),
  expiryMarginMs: oneIn(6, fc.constantFrom(0, 2_000, 600_000)),
  isSecretRotated: fc.constantFrom(false, false, true),
  secretMs: fc.constantFrom(0, 300),
});

/** Weights and values are such that every situation is met often: see the test, which counts them. */
export const schedules: fc.Arbitrary<Schedule> = fc.record({
  keys: fc.constantFrom(1, 1, 1, 2, 2, 3, 4),
  policy,
  script: fc.array(behaviour, { minLength: 1, maxLength: 8, size: 'max' }),
  steps: fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }),
  order: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }),
  gaps: fc.array(gap, { minLength: 1, maxLength: 4 }),
});
