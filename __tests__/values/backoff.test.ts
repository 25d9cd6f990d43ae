import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { equalJitterMs, fullJitterMs } from '../../src/values/backoff.ts';

const policy = { minDelayMs: 1_000, maxDelayMs: 30_000 };

describe('the ceiling of a pause', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [5, 16_000],
    [6, 30_000],
    [7, 30_000],
    [1_000_000, 30_000],
  ])('after %d failures is %d ms', (failures, ceilingMs) => {
    expect(fullJitterMs(failures, policy, 1)).toBe(ceilingMs);
    expect(equalJitterMs(failures, policy, 1)).toBe(ceilingMs);
  });

  it('is never above the maximum, also where that is below the minimum', () => {
    expect(fullJitterMs(1, { minDelayMs: 500, maxDelayMs: 100 }, 1)).toBe(100);
  });

  it('stays nothing where nothing was asked for', () => {
    expect(fullJitterMs(50, { minDelayMs: 0, maxDelayMs: 30_000 }, 1)).toBe(0);
  });
});

describe('jitter', () => {
  it.each([
    [0, 0, 2_000],
    [0.25, 1_000, 2_500],
    [0.5, 2_000, 3_000],
    [1, 4_000, 4_000],
  ])('drawn as %d gives %d ms in full and %d ms equally', (drawn, fullMs, equalMs) => {
    expect(fullJitterMs(3, policy, drawn)).toBe(fullMs);
    expect(equalJitterMs(3, policy, drawn)).toBe(equalMs);
  });

  it('stays within its bounds for every number of failures', () => {
    const draws = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), draws, (failures, drawn) => {
        const ceilingMs = fullJitterMs(failures, policy, 1);
        expect(ceilingMs).toBeLessThanOrEqual(policy.maxDelayMs);
        const fullMs = fullJitterMs(failures, policy, drawn);
        expect(fullMs >= 0 && fullMs <= ceilingMs).toBe(true);
        const equalMs = equalJitterMs(failures, policy, drawn);
        expect(equalMs >= ceilingMs / 2 && equalMs <= ceilingMs).toBe(true);
      }),
    );
  });
});
