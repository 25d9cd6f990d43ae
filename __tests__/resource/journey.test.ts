import { describe, expect, it } from '@jest/globals';
import { Journey } from '../../src/resource/journey.ts';

const [a, b, c] = ['https://a.example/1', 'https://b.example', 'https://a.example:444/1'] as const;

describe('a journey', () => {
  it.each([
    ['stays', [a, a, 'https://a.example/2'], [true, true, true]],
    ['leaves', [a, b], [true, false]],
    ['leaves and comes back', [a, b, a], [true, false, false]],
    ['changes the port', [a, c], [true, false]],
    ['loses TLS', [a, 'http://a.example/1'], [true, false]],
  ])('that %s carries its token as far as it may', (_case, hops, expected) => {
    const journey = new Journey();
    expect(hops.map((hop) => journey.mayCarryToken(new URL(hop)))).toEqual(expected);
  });
});
