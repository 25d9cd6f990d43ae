import { describe, expect, it } from '@jest/globals';
import { isHeaderSafe } from '../../src/values/header-safe.ts';

const allUpTo = (last: number): string[] => Array.from({ length: last + 1 }, (_, code) => String.fromCodePoint(code));
const isVisibleAscii = (character: string): boolean => character >= '!' && character <= '~';

describe('a token that may become part of a header', () => {
  it.each([
    ['alone', (character: string) => character],
    ['first', (character: string) => `${character}b`],
    ['in the middle', (character: string) => `a${character}b`],
    ['last', (character: string) => `a${character}`],
  ])('holds visible ASCII only, wherever: %s', (_, write) => {
    const accepted = allUpTo(0x2ff).filter((character) => isHeaderSafe(write(character)));
    expect(accepted).toEqual(allUpTo(0x2ff).filter(isVisibleAscii));
    expect(accepted).toHaveLength(94);
  });

  it('is not empty', () => {
    expect(isHeaderSafe('')).toBe(false);
  });

  it.each(['a\r\nX-Injected: 1', 'a\n', '\na', 'a\u2028b', 'a\u{1f511}b', 'a\ud800b', '\ufeffa', 'a b'])(
    'is not %j',
    (value) => expect(isHeaderSafe(value)).toBe(false),
  );

  it('may be of the shapes that real servers give', () => {
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln_-';
    expect([jwt, '00D!AQ.x_y', 'a|b|c', 'abc+/==', `a"b'c\\d,e;f`].filter((value) => !isHeaderSafe(value))).toEqual([]);
  });
});
