import { describe, expect, it } from '@jest/globals';
import { type ReplayOptions, ReplayPolicy, type SentBody } from '../../src/resource/replay-policy.ts';
import { thrownBy } from '../protocol/answer-of.ts';

const MEBIBYTE = 1_048_576;
const none: SentBody = { bytes: 0 };

describe('a request may be sent again', () => {
  it.each<[string, ReplayOptions | undefined, string, SentBody]>([
    ['whatever its method, by default', undefined, 'POST', none],
    ['with a body in memory', undefined, 'PATCH', { bytes: MEBIBYTE }],
    ['with a body in memory whose size is not known', undefined, 'POST', {}],
    ['if it is idempotent', { methods: 'idempotent' }, 'PUT', { bytes: 5 }],
    ['if it is idempotent, in any case', { methods: 'idempotent' }, 'get', none],
    ['without a body where none may have one', { maxBodyBytes: 0 }, 'POST', none],
    ['up to the limit', { maxBodyBytes: 10 }, 'POST', { bytes: 10 }],
    ['of any size, if that is asked for', { maxBodyBytes: Number.MAX_SAFE_INTEGER }, 'POST', { bytes: 2 ** 40 }],
  ])('%s', (_, options, method, body) => {
    expect(new ReplayPolicy(options).objection(method, body)).toBeUndefined();
  });
});

describe('a request must not be sent again', () => {
  it.each<[string, ReplayOptions, string, SentBody, string]>([
    ['where none may', { methods: 'none' }, 'GET', none, 'method'],
    ['if it is not idempotent', { methods: 'idempotent' }, 'POST', none, 'method'],
    ['if its body is spent', {}, 'POST', 'spent', 'body-not-replayable'],
    ['if its body was too large to keep', {}, 'POST', 'too-large', 'body-too-large'],
    ['above the limit', {}, 'POST', { bytes: MEBIBYTE + 1 }, 'body-too-large'],
    ['with any body where none may have one', { maxBodyBytes: 0 }, 'POST', { bytes: 1 }, 'body-too-large'],
    ['by its method rather than by its body', { methods: 'none' }, 'POST', 'spent', 'method'],
  ])('%s', (_, options, method, body, objection) => {
    expect(new ReplayPolicy(options).objection(method, body)).toBe(objection);
  });
});

describe('a request that was redirected', () => {
  it.each<[ReplayOptions, string, string | undefined]>([
    [{}, 'GET', undefined],
    [{}, 'delete', undefined],
    [{}, 'POST', 'method'],
    [{ methods: 'idempotent' }, 'PUT', undefined],
    [{ methods: 'none' }, 'GET', 'method'],
  ])('may be sent again only if it does no harm a second time: %j %s', (options, method, objection) => {
    expect(new ReplayPolicy(options).objection(method, none, true)).toBe(objection);
  });
});

describe('the methods', () => {
  const all = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'POST', 'PATCH', 'CONNECT', 'PURGE', ''];
  it.each<[ReplayOptions['methods'], readonly string[]]>([
    [undefined, all],
    ['any', all],
    ['idempotent', all.slice(0, 7)],
    ['none', []],
  ])('that %j allows', (methods, allowed) => {
    const policy = new ReplayPolicy({ methods });
    expect(all.filter((method) => policy.allowsMethod(method))).toEqual(allowed);
  });
});

describe('options', () => {
  it('default to a body of 1 MiB', () => {
    expect(new ReplayPolicy().maxBodyBytes).toBe(MEBIBYTE);
    expect(new ReplayPolicy({ maxBodyBytes: undefined, methods: undefined }).maxBodyBytes).toBe(MEBIBYTE);
  });

  it.each<[string, unknown]>([
    ['replay', null],
    ['replay', 'none'], // meant to switch it off: must not mean the default
    ['replay', false],
    ['replay', []],
    ['replay.methods', { methods: 'all' }],
    ['replay.methods', { methods: null }],
    ['replay.methods', { methods: ['GET'] }],
    ['replay.maxBodyBytes', { maxBodyBytes: -1 }],
    ['replay.maxBodyBytes', { maxBodyBytes: 1.5 }],
    ['replay.maxBodyBytes', { maxBodyBytes: Number.NaN }],
    ['replay.maxBodyBytes', { maxBodyBytes: Number.POSITIVE_INFINITY }],
    ['replay.maxBodyBytes', { maxBodyBytes: '10' }],
    ['replay.maxBodyBytes', { maxBodyBytes: null }],
  ])('that will not do are refused by name: %s in %j', (option, options) => {
    expect(thrownBy(() => new ReplayPolicy(options as ReplayOptions))).toMatchObject({
      code: 'ERR_TOKENFLIGHT_CONFIGURATION',
      option,
    });
  });
});
