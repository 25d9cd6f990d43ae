import { describe, expect, it } from '@jest/globals';
import { coolDownMs, refreshPauseMs, refreshSpacingMs } from '../../src/provider/pauses.ts';

const policy = { minDelayMs: 500, maxDelayMs: 30_000 };

describe('coolDownMs', () => {
  it.each([
    // failures, retryable, drawn, asked, pause
    [1, true, 0, undefined, 250],
    [1, true, 1, undefined, 500],
    [3, true, 0.5, undefined, 1_500],
    [1, false, 0, undefined, 1_000],
    [1, false, 0.5, undefined, 3_000],
    [1, false, 1, undefined, 5_000],
    [2, false, 0, undefined, 2_000],
    [3, false, 0.25, undefined, 8_000],
    [6, false, 0, undefined, 30_000],
    [2_000, false, 0, undefined, 30_000], // never infinity, nor a NaN from it
    [9, true, 1, 7_000, 7_000],
    [9, false, 1, 7_000, 30_000], // a wrong secret does not get right by being asked again soon
    [1, false, 1, 7_000, 7_000],
    [1, true, 1, 0, 500],
    [1, true, 1, 499, 500],
    [1, false, 0, 0, 1_000],
    [1, true, 1, 501, 501],
  ])(
    'after %d failures, retryable: %j, drawn %d, asked for %j: %d ms',
    (failures, isRetryable, drawn, asked, pauseMs) => {
      expect(coolDownMs(failures, isRetryable, policy, drawn, asked)).toBe(pauseMs);
    },
  );

  it('is nothing, after any number of failures, where the policy says so', () => {
    for (const failures of [1, 61, 5_000]) {
      expect(coolDownMs(failures, false, { minDelayMs: 0, maxDelayMs: 30_000 }, 1)).toBe(0);
    }
  });
});

describe('refreshPauseMs', () => {
  const behind = { minDelayMs: 1_000, maxDelayMs: 30_000 };
  it.each([
    // failures, left, drawn, asked, pause
    [1, 100_000, 0, undefined, 1_000],
    [3, 100_000, 1, undefined, 4_000],
    [3, 100_000, 0.5, undefined, 2_000],
    [6, 40_000, 1, undefined, 10_000],
    [6, 4_004, 1, undefined, 1_001],
    [6, 3_000, 1, undefined, 1_000],
    [6, 4_000, 1, 60_000, 60_000],
    [6, 4_000, 1, 0, 1_000],
    [6, 4_000, 1, 1_001, 1_001],
  ])('after %d failures, %d ms left, drawn %d, asked for %j: %d ms', (failures, leftMs, drawn, asked, pauseMs) => {
    expect(refreshPauseMs(failures, leftMs, behind, drawn, asked)).toBe(pauseMs);
  });
});

describe('refreshSpacingMs', () => {
  it.each([
    [3_600_000, 36_000],
    [100_100, 1_001],
    [100_000, 1_000],
    [99_999, 1_000],
    [4_000, 1_000],
    [3_996, 999],
    [4, 1],
  ])('of a token of %d ms is %d ms', (lifetimeMs, spacingMs) => {
    expect(refreshSpacingMs(lifetimeMs)).toBe(spacingMs);
  });
});
