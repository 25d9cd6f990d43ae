import { describe, expect, test } from '@jest/globals';
import { type HeaderFields, hasHeader, withHeaders } from '../../src/values/header-fields.ts';

const forms: Readonly<Record<string, HeaderFields>> = {
  'by name': { 'X-Mine': 'a', AUTHORIZATION: 'Basic b' },
  'without a prototype': Object.assign(Object.create(null), { 'X-Mine': 'a', AUTHORIZATION: 'Basic b' }),
  'as pairs': [
    ['X-Mine', 'a'],
    ['AUTHORIZATION', 'Basic b'],
  ],
  'by turns': ['X-Mine', 'a', 'AUTHORIZATION', 'Basic b'],
  'by turns, in bytes': [Buffer.from('X-Mine'), 'a', Buffer.from('AUTHORIZATION'), 'Basic b'],
  'as Headers': new Headers([
    ['X-Mine', 'a'],
    ['AUTHORIZATION', 'Basic b'],
  ]),
  'as a Map': new Map([
    ['X-Mine', 'a'],
    ['AUTHORIZATION', 'Basic b'],
  ]),
};

describe('a header', () => {
  test.each(Object.entries(forms))('is found in any case of its name: %s', (_, headers) => {
    expect(hasHeader(headers, 'authorization')).toBe(true);
    expect(hasHeader(headers, 'basic b')).toBe(false);
    expect(hasHeader(headers, 'x-other')).toBe(false);
  });

  test.each([undefined, null])('that is set to %p is not there', (nothing) => {
    expect(hasHeader({ authorization: nothing }, 'authorization')).toBe(false);
    expect(hasHeader(nothing, 'authorization')).toBe(false);
  });
});

describe('headers that are added', () => {
  test.each(Object.entries(forms))('take the place of those of their names, in a copy: %s', (_, headers) => {
    const before = JSON.stringify(headers);
    const made = withHeaders(headers, { authorization: 'Bearer t', dpop: 'proof' });
    expect(JSON.stringify(headers)).toBe(before);
    const pairs = Array.isArray(made) ? made.flatMap((_, at) => (at % 2 ? [[`${made[at - 1]}`, made[at]]] : [])) : [];
    const object = Array.isArray(made) ? Object.fromEntries(pairs) : made;
    expect(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value])).toEqual([
      ['x-mine', 'a'],
      ['authorization', 'Bearer t'],
      ['dpop', 'proof'],
    ]);
  });

  test('leave an object an object, for whoever spreads it, and a list by turns a list', () => {
    expect(withHeaders({ a: ['b', 'c'] }, { d: 'e' })).toEqual({ a: ['b', 'c'], d: 'e' });
    expect(withHeaders(undefined, { d: 'e' })).toEqual({ d: 'e' });
    expect(withHeaders(['a', ['b', 'c']], { d: 'e' })).toEqual(['a', ['b', 'c'], 'd', 'e']);
    expect(withHeaders([], { d: 'e' })).toEqual(['d', 'e']);
  });
});
