import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FreshnessPolicy, freshness, tokenWindows } from '../../src/values/freshness.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const still: FreshnessPolicy = { refreshJitter: 0 };

// Lifetime, then from which age on a token is stale, and from which it is expired; all in seconds.
const WINDOWS: readonly (readonly [lifetime: number, staleAfter: number, usableFor: number])[] = [
  [1, 0.375, 0.5], // margin and window would meet at half: a quarter of the use is kept for refreshing
  [2, 0.75, 1],
  [3, 1.5, 2],
  [4, 2, 3],
  [5, 2.5, 4],
  [10, 5, 9],
  [60, 30, 54],
  [300, 150, 270],
  [599, 299.5, 539.1],
  [600, 300, 540], // from here on the window is 5 min rather than half
  [601, 301, 541], // from here on the margin is 60 s rather than a tenth
  [900, 600, 840],
  [1230, 930, 1170],
  [1500, 1200, 1440], // from here on the window is a fifth
  [1501, 1200.8, 1441],
  [3600, 2880, 3540],
  [17_999, 14_399.2, 17_939],
  [18_000, 14_400, 17_940], // from here on the window is 60 min
  [18_001, 14_401, 17_941],
  [21_600, 18_000, 21_540],
  [86_400, 82_800, 86_340],
  [2_592_000, 2_588_400, 2_591_940],
];

describe.each(WINDOWS)('a token of %d s', (lifetime, staleAfter, usableFor) => {
  const windows = tokenWindows(lifetime * SECOND, still, 0);

  it(`is stale from ${staleAfter} s on and expired from ${usableFor} s on`, () => {
    expect(windows.staleAfterMs).toBeCloseTo(staleAfter * SECOND, 6);
    expect(windows.usableForMs).toBeCloseTo(usableFor * SECOND, 6);
    expect(windows.lifetimeMs).toBe(lifetime * SECOND);
  });

  it('is in the later state on each edge', () => {
    const { staleAfterMs, usableForMs } = windows;
    expect([0, staleAfterMs - 0.001].map((age) => freshness(age, windows))).toEqual(['fresh', 'fresh']);
    expect([staleAfterMs, usableForMs - 0.001].map((age) => freshness(age, windows))).toEqual(['stale', 'stale']);
    expect([usableForMs, lifetime * SECOND, Number.POSITIVE_INFINITY].map((age) => freshness(age, windows))).toEqual([
      'expired',
      'expired',
      'expired',
    ]);
  });
});

describe('a configured policy', () => {
  it.each<[string, number, Partial<FreshnessPolicy>, staleAfterMs: number, usableForMs: number]>([
    ['a window wins over the lifetime', 6 * HOUR, { refreshWindowMs: 30 * MINUTE }, 5.5 * HOUR, 6 * HOUR - MINUTE],
    ['a window is at most half the lifetime', 10 * MINUTE, { refreshWindowMs: 30 * MINUTE }, 5 * MINUTE, 9 * MINUTE],
    ['a window of nothing still leaves time to refresh', HOUR, { refreshWindowMs: 0 }, 3535 * SECOND, 59 * MINUTE],
    ['a share of the lifetime', HOUR, { refreshAt: 0.5 }, 30 * MINUTE, 59 * MINUTE],
    ['a share near the end leaves time to refresh', HOUR, { refreshAt: 0.999 }, 3535 * SECOND, 59 * MINUTE],
    ['a margin', HOUR, { expiryMarginMs: 10 * MINUTE }, 48 * MINUTE, 50 * MINUTE],
    ['no margin', 10 * SECOND, { expiryMarginMs: 0 }, 5 * SECOND, 10 * SECOND],
    ['a margin is at most half the lifetime', 10 * MINUTE, { expiryMarginMs: HOUR }, 295 * SECOND, 5 * MINUTE],
    [
      'window and margin that meet',
      30 * MINUTE,
      { refreshWindowMs: 5 * MINUTE, expiryMarginMs: 5 * MINUTE },
      1495 * SECOND,
      25 * MINUTE,
    ],
  ])('%s', (_, lifetimeMs, policy, staleAfterMs, usableForMs) => {
    expect(tokenWindows(lifetimeMs, { ...still, ...policy }, 0)).toEqual({ staleAfterMs, usableForMs, lifetimeMs });
  });
});

describe("the server's advice", () => {
  it.each([
    [5 * MINUTE, 5 * MINUTE],
    [12 * HOUR, 12 * HOUR],
    [1, 1],
    [DAY, DAY - MINUTE - 5 * SECOND], // never in the very moment the token is given up
    [2 * DAY, DAY - MINUTE - 5 * SECOND],
  ])('to ask again after %d ms wins over policy and jitter', (refreshInMs, staleAfterMs) => {
    const policy = { refreshAt: 0.1, refreshJitter: 0.5 };
    expect(tokenWindows(DAY, policy, 1, refreshInMs).staleAfterMs).toBe(staleAfterMs);
  });
});

describe('jitter', () => {
  it.each([
    [0, 48],
    [0.5, 45],
    [1, 42],
  ])('drawn as %d begins the refresh of an hour-long token at minute %d', (drawn, minute) => {
    expect(tokenWindows(HOUR, { refreshJitter: 0.1 }, drawn).staleAfterMs).toBeCloseTo(minute * MINUTE, 6);
  });

  it.each<[string, Partial<FreshnessPolicy>, number, number]>([
    ['a share of the lifetime', { refreshAt: 0.05 }, HOUR, 1.5 * MINUTE],
    ['the default window of a short life', { refreshJitter: 0.5 }, 10 * MINUTE, 2.5 * MINUTE],
  ])('leaves half of the fresh phase before %s', (_, policy, lifetimeMs, staleAfterMs) => {
    expect(tokenWindows(lifetimeMs, { refreshJitter: 0.1, ...policy }, 1).staleAfterMs).toBeCloseTo(staleAfterMs, 6);
  });

  it('does not move the end of use', () => {
    expect(tokenWindows(HOUR, { refreshJitter: 0.5 }, 1).usableForMs).toBe(59 * MINUTE);
  });
});

const lifetimes = fc.oneof(fc.integer({ min: 1, max: 365 * 86_400_000 }), fc.integer({ min: 1, max: 600_000 }));
const draws = fc.double({ min: 0, max: 1, noNaN: true });
const given = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });
const policies: fc.Arbitrary<FreshnessPolicy> = fc.record({
  refreshAt: given(fc.double({ min: 1e-6, max: 1, maxExcluded: true, noNaN: true })),
  refreshWindowMs: given(fc.double({ min: 0, max: 365 * DAY, noNaN: true })),
  refreshJitter: fc.double({ min: 0, max: 0.5, noNaN: true }),
  expiryMarginMs: given(fc.double({ min: 0, max: 365 * DAY, noNaN: true })),
});

describe('whatever the policy', () => {
  it('a token is stale before it is given up, and given up by its end', () => {
    const advice = given(fc.double({ min: 0, noNaN: true, minExcluded: true }));
    fc.assert(
      fc.property(lifetimes, policies, draws, advice, (lifetimeMs, policy, drawn, refreshInMs) => {
        const { staleAfterMs, usableForMs } = tokenWindows(lifetimeMs, policy, drawn, refreshInMs);
        expect(staleAfterMs).toBeGreaterThanOrEqual(0);
        expect(staleAfterMs).toBeLessThan(usableForMs);
        expect(usableForMs).toBeLessThanOrEqual(lifetimeMs);
        expect(usableForMs).toBeGreaterThanOrEqual(lifetimeMs / 2);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a token has a fresh phase and a stale phase of at least a quarter of its use or 5 s', () => {
    fc.assert(
      fc.property(lifetimes, policies, draws, (lifetimeMs, policy, drawn) => {
        const windows = tokenWindows(lifetimeMs, policy, drawn);
        expect(freshness(0, windows)).toBe('fresh');
        const staleForMs = windows.usableForMs - windows.staleAfterMs;
        expect(staleForMs).toBeGreaterThanOrEqual(Math.min(5 * SECOND, windows.usableForMs / 4) * (1 - 1e-9));
        expect(freshness(windows.usableForMs - staleForMs / 2, windows)).toBe('stale');
      }),
      { numRuns: 2_000 },
    );
  });
});
