import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from '../../src/protocol/retry-after.ts';

const NOON = Date.UTC(2030, 0, 1, 12);
const read = (value: string, date?: string): number | undefined =>
  retryAfterMs(new Headers({ 'retry-after': value, ...(date !== undefined && { date }) }), NOON);

describe('Retry-After in seconds', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1_500],
    [' 120 ', 120_000],
    ['0120', 120_000],
    ['120, 120', 120_000], // a header that came twice
    ['1.5,7', 1_500],
    ['31536000000', 31_536_000_000_000],
    ['9'.repeat(400), Number.POSITIVE_INFINITY],
  ])('of %j', (value, expected) => expect(read(value)).toBe(expected));
});

describe('Retry-After as a date', () => {
  it.each<[string, string | undefined, number]>([
    ['Tue, 01 Jan 2030 12:02:00 GMT', undefined, 120_000],
    ['Tuesday, 01-Jan-30 12:02:00 GMT', undefined, 120_000],
    ['Tue, 01 Jan 2030 12:02:00 GMT', 'Tue, 01 Jan 2030 12:00:30 GMT', 90_000],
    ['Tue, 01 Jan 2030 09:02:00 GMT', 'Tue, 01 Jan 2030 09:00:00 GMT', 120_000], // a server three hours behind
    ['Tue, 01 Jan 2030 12:02:00 GMT', 'not a date', 120_000],
    ['Tue, 01 Jan 2030 11:00:00 GMT', undefined, 0],
    ['Tue, 01 Jan 2030 12:02:00 GMT', 'Tue, 01 Jan 2030 12:02:00 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', undefined, 0],
  ])('%s, against the Date %s', (value, date, expected) => expect(read(value, date)).toBe(expected));
});

describe('Retry-After that cannot be read', () => {
  it.each([
    '',
    ' ',
    '-5',
    '+5',
    '1e3',
    '0x10',
    'Infinity',
    '120s',
    '5 minutes',
    'junk',
    'junk 5', // which some parsers take for the fifth of a month of 2001
    'soon 2099',
    'in 2099 seconds',
    'Wed',
    'tomorrow',
    'Tue, 99 Foo 2030 12:02:00 GMT',
  ])('%j counts as none', (value) => expect(read(value)).toBeUndefined());

  it('or is missing counts as none', () => {
    expect(retryAfterMs(new Headers(), NOON)).toBeUndefined();
  });
});
