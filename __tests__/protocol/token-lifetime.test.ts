import { describe, expect, it } from '@jest/globals';
import {
  LONGEST_LIFETIME_MS,
  type ReportedLifetime,
  reportedLifetimeMs,
  reportedRefreshInMs,
} from '../../src/protocol/token-lifetime.ts';

const DATE = 'Tue, 01 Jan 2030 12:00:00 GMT';
const NOON = Date.parse(DATE) / 1_000;
const YEAR_MS = 365 * 86_400_000;

/** As JSON has it, since that is where `1e999` and `-0` come from. */
const read = (json: string, date?: string): ReportedLifetime =>
  reportedLifetimeMs(JSON.parse(json) as Record<string, unknown>, new Headers(date === undefined ? {} : { date }));

describe('expires_in', () => {
  it.each<[string, ReportedLifetime]>([
    ['900', 900_000],
    ['1', 1_000],
    ['0.5', 500],
    ['3599.9', 3_599_900],
    ['"900"', 900_000],
    ['" 900 "', 900_000],
    ['"+900"', 900_000],
    ['"3600.0"', 3_600_000],
    ['0', 0],
    ['-0', 0],
    ['-5', -5_000],
    ['"0"', 0],
    ['"-5"', -5_000],
    ['-1e999', Number.NEGATIVE_INFINITY],
    ['31536000', YEAR_MS],
    ['31536001', YEAR_MS], // from here on capped: above 32 bits, in milliseconds by mistake, or infinite
    ['4294967296', YEAR_MS],
    ['1e308', YEAR_MS],
    ['1e999', YEAR_MS],
    [`"${'9'.repeat(400)}"`, YEAR_MS],
    ['null', undefined],
    ['"abc"', 'malformed'],
    ['""', 'malformed'],
    ['" "', 'malformed'],
    ['"900s"', 'malformed'],
    ['"9e2"', 'malformed'],
    ['"0x10"', 'malformed'],
    ['"Infinity"', 'malformed'],
    ['"NaN"', 'malformed'],
    ['"1,000"', 'malformed'],
    ['"2030-01-01T00:00:00Z"', 'malformed'],
    ['true', 'malformed'],
    ['false', 'malformed'],
    ['{}', 'malformed'],
    ['[900]', 'malformed'],
  ])('of %s', (json, expected) => {
    const lifetime = read(`{"expires_in":${json}}`);
    expect(lifetime === 0 ? 0 : lifetime).toBe(expected);
    expect(LONGEST_LIFETIME_MS).toBe(YEAR_MS);
  });

  it('is not known where it is missing', () => {
    expect(read('{}')).toBeUndefined();
    expect(read('{"expires":900}', DATE)).toBeUndefined();
  });

  it('wins over expires_on', () => {
    expect(read(`{"expires_in":60,"expires_on":${NOON + 900}}`, DATE)).toBe(60_000);
    expect(read(`{"expires_in":"soon","expires_on":${NOON + 900}}`, DATE)).toBe('malformed');
  });
});

describe('expires_on', () => {
  it.each<[string, string | undefined, ReportedLifetime]>([
    [`${NOON + 900}`, DATE, 900_000],
    [`"${NOON + 900}"`, DATE, 900_000],
    [`${NOON + 900}`, undefined, undefined], // without the server's own clock an instant says nothing
    [`${NOON + 900}`, 'yesterday', undefined],
    [`${NOON}`, DATE, 0],
    [`${NOON - 60}`, DATE, -60_000],
    [`${NOON + 365 * 86_400}`, DATE, YEAR_MS],
    [`${NOON + 365 * 86_400 + 1}`, DATE, undefined],
    [`${(NOON + 900) * 1_000}`, DATE, undefined], // in milliseconds by mistake: it would be a year
    ['1e999', DATE, undefined],
    ['"01/01/2030 12:15:00 PM +00:00"', DATE, undefined],
    ['""', DATE, undefined],
    ['true', DATE, undefined],
  ])('of %s with the Date %s', (json, date, expected) => {
    expect(read(`{"expires_on":${json}}`, date)).toBe(expected);
    expect(read(`{"expires_in":null,"expires_on":${json}}`, date)).toBe(expected);
  });
});

describe('refresh_in', () => {
  it.each<[unknown, number | undefined]>([
    [1_800, 1_800_000],
    ['1800', 1_800_000],
    [0.5, 500],
    [1e12, YEAR_MS],
    [0, undefined],
    [-1, undefined],
    ['soon', undefined],
    ['', undefined],
    [true, undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
  ])('of %j', (refreshIn, expected) => {
    expect(reportedRefreshInMs({ refresh_in: refreshIn })).toBe(expected);
  });
});
