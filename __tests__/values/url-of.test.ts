import { describe, expect, test } from '@jest/globals';
import { urlOf } from '../../src/values/url-of.ts';

describe('the URL of an address', () => {
  test('is one of its own', () => {
    const given = new URL('https://api.example/a');
    const made = urlOf(given);
    expect(made).not.toBe(given);
    expect(made?.href).toBe('https://api.example/a');
  });

  test('may be told from a base', () => {
    expect(urlOf('/b', 'https://api.example/a')?.href).toBe('https://api.example/b');
  });

  test.each(['', '/b', 'https://', 'api.example'])('is none, and no error, where there is no base: "%s"', (address) => {
    expect(urlOf(address)).toBeUndefined();
  });
});
