import { format, inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { AccessToken, ownerOf } from '../../src/values/access-token.ts';

const SECRET = 'eyJ-not-to-be-seen';
const REFRESH = 'refresh-not-to-be-seen';
const END = Date.UTC(2030, 0, 1);

const token = new AccessToken({
  value: SECRET,
  tokenType: 'Bearer',
  id: 'abcdefghijklmnop',
  expiresAtMs: END,
  scope: 'read write',
  response: { refresh_token: REFRESH, instance_url: 'https://one.example' },
  owner: { secret: SECRET },
});

describe('what an access token prints', () => {
  it.each<[string, () => string]>([
    ['String()', () => String(token)],
    ['a template', () => `${token}`],
    ['concatenation', () => `${[token]}`],
    ['toLocaleString', () => token.toLocaleString()],
    ['JSON', () => JSON.stringify({ token })],
    ['console', () => format('%s %o %O %j', token, token, token, token, { token })],
    ['inspect', () => inspect(token)],
    ['inspect, deep and hidden', () => inspect({ a: { b: [token] } }, { depth: null, showHidden: true })],
    ['inspect with getters', () => inspect({ token }, { depth: null, showHidden: true, getters: true })],
    ['inspect as a plain object', () => inspect(token, { depth: null, showHidden: true, customInspect: false })],
    ['inspect of a map and a set', () => inspect([new Map([[token, token]]), new Set([token])], { depth: null })],
    ['an error it is attached to', () => inspect(Object.assign(new Error('x', { cause: token }), { token }))],
    ['a structured clone', () => inspect(structuredClone(token), { depth: null, showHidden: true, getters: true })],
    ['a spread copy', () => inspect({ ...token }, { depth: null, showHidden: true })],
    ['its own properties', () => inspect(Reflect.ownKeys(token).map((key) => Reflect.get(token, key)))],
  ])('holds neither the token nor the rest of the answer: %s', (_, print) => {
    const printed = print();
    expect(printed).not.toContain(SECRET);
    expect(printed).not.toContain(REFRESH);
  });

  it('names the token by its id, so that logs can be matched', () => {
    expect(inspect(token)).toBe('[AccessToken abcdefghijklmnop]');
    expect(`${token}`).toBe('[AccessToken abcdefghijklmnop]');
    expect(JSON.parse(JSON.stringify(token))).toEqual({
      id: 'abcdefghijklmnop',
      tokenType: 'Bearer',
      expiresAt: '2030-01-01T00:00:00.000Z',
      scope: 'read write',
    });
  });

  it('is not disturbed by an end that is not known', () => {
    const undated = new AccessToken({ value: SECRET, tokenType: 'Bearer', id: 'x', expiresAtMs: Number.NaN });
    expect(undated.expiresAt.getTime()).toBeNaN();
    expect(JSON.parse(JSON.stringify(undated))).toEqual({ id: 'x', tokenType: 'Bearer', expiresAt: null });
  });
});

describe('an access token', () => {
  it('gives everything to who asks for it', () => {
    expect(token.value).toBe(SECRET);
    expect(token.response).toEqual({ refresh_token: REFRESH, instance_url: 'https://one.example' });
    expect(token.expiresAt).toEqual(new Date(END));
    expect(new AccessToken({ value: 'v', tokenType: 'Bearer', id: 'x', expiresAtMs: 0 }).response).toEqual({});
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(token)).toBe(true);
    expect(() => Object.assign(token, { id: 'other' })).toThrow(TypeError);
    expect(() => Object.assign(token, { value: 'other' })).toThrow(TypeError);
    token.expiresAt.setTime(0);
    expect(token.expiresAt).toEqual(new Date(END));
  });
});

describe('the owner of a token', () => {
  it('is known to its maker only', () => {
    const owner = {};
    const owned = new AccessToken({ value: 'v', tokenType: 'Bearer', id: 'x', expiresAtMs: 0, owner });
    expect(ownerOf(owned)).toBe(owner);
    expect(ownerOf(new AccessToken({ value: 'v', tokenType: 'Bearer', id: 'x', expiresAtMs: 0 }))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', SECRET],
    ['a copy', { ...token }],
    ['a clone', structuredClone(token)],
    ['an object that only inherits', Object.create(token)],
  ])('of %s is nobody', (_, value) => expect(ownerOf(value)).toBeUndefined());
});
