import { describe, expect, it } from '@jest/globals';
import { masked } from '../../src/protocol/mask.ts';

describe('a masked text', () => {
  it.each<[string, RegExp[], string]>([
    ['nothing to find', [/secret/gu], 'nothing to find'],
    ['a secret, and a secret', [/secret/gu], 'a [redacted], and a [redacted]'],
    ['secretsecret', [/secret/gu], '[redacted]'],
    ['a babab c', [/bab/gu], 'a [redacted] c'],
    ['one-two-three', [/one-two/gu, /two-three/gu], '[redacted]'],
    ['one-two-three', [/two/gu, /one-two/gu], '[redacted]-three'],
    ['🔑🔑🔑', [/🔑🔑/gu], '[redacted]'],
    ['', [/secret/gu], ''],
  ])('of %j', (text, patterns, told) => {
    expect(masked(text, patterns)).toBe(told);
    expect(masked(text, patterns)).toBe(told); // a pattern keeps no place from one text to the next
  });

  it('is told to its end only, also where a secret goes on beyond that', () => {
    expect(masked('a secret b', [/secret/gu], 4)).toBe('a [redacted]');
    expect(masked('a secret b', [/secret/gu], 9)).toBe('a [redacted] ');
    expect(masked('a secret b', [/secret/gu], 100)).toBe('a [redacted] b');
  });
});
