import { describe, expect, it, jest } from '@jest/globals';
import { type AllowedOrigins, originPredicate } from '../../src/resource/origins.ts';
import { thrownBy } from '../protocol/answer-of.ts';

const allows = (origins: AllowedOrigins, url: string): boolean => originPredicate(origins, false)(new URL(url));

describe('a URL may have a token', () => {
  it.each<[AllowedOrigins, string]>([
    ['https://api.example', 'https://api.example/'],
    ['https://api.example', 'https://api.example/v2/users?all=1#top'],
    ['https://api.example/', 'https://api.example/v2'],
    [new URL('https://api.example'), 'https://api.example/v2'],
    ['https://api.example', 'HTTPS://API.Example/v2'],
    ['HTTPS://API.EXAMPLE', 'https://api.example/v2'],
    ['https://api.example', 'https://api.example:443/v2'],
    ['https://api.example:443', 'https://api.example/v2'],
    ['https://api.example:8443', 'https://api.example:8443/v2'],
    ['https://api.example', 'https://user:word@api.example/v2'],
    ['https://bücher.example', 'https://xn--bcher-kva.example/v2'],
    ['https://xn--bcher-kva.example', 'https://BÜCHER.example/v2'],
    ['https://[2001:db8::1]', 'https://[2001:DB8:0:0:0:0:0:1]/v2'],
    ['https://127.1', 'https://127.0.0.1'],
    ['http://localhost:3000', 'http://localhost:3000/v2'],
    ['http://127.0.0.1', 'http://127.0.0.1:80/v2'],
    [['https://a.example', new URL('https://b.example')], 'https://b.example/v2'],
  ])('where origins are %s: %s', (origins, url) => expect(allows(origins, url)).toBe(true));
});

describe('a URL must not have a token', () => {
  it.each<[AllowedOrigins, string]>([
    ['https://api.example', 'http://api.example/'],
    ['https://api.example', 'https://api.example:8443/'],
    ['https://api.example', 'https://api.example.evil.example/'],
    ['https://api.example', 'https://evil.example/api.example'],
    ['https://api.example', 'https://api.example@evil.example/'],
    ['https://api.example', 'https://api.example:word@evil.example/'],
    ['https://api.example', 'https://evil.example/https://api.example/'],
    ['https://api.example', 'https://sub.api.example/'],
    ['https://sub.api.example', 'https://api.example/'],
    ['https://api.example', 'https://api.example./'], // another origin to a browser too
    ['https://api.example', 'https://api-example/'],
    ['https://api.example', 'wss://api.example/'],
    ['https://api.example', 'ftp://api.example/'],
    ['https://api.example', 'data:text/plain,https://api.example'],
    ['https://api.example', 'blob:https://other.example/x'],
    ['https://[::1]', 'https://[::2]/'],
    ['https://bücher.example', 'https://bucher.example/'],
    [['https://a.example', 'https://b.example'], 'https://c.example/'],
  ])('where origins are %s: %s', (origins, url) => expect(allows(origins, url)).toBe(false));
});

describe('origins that are refused when they are given', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'at least one'],
    ['an empty list', [], 'at least one'],
    ['null', null, 'absolute URLs'],
    ['a number', 5, 'absolute URLs'],
    ['an empty text', '', 'absolute URLs'],
    ['a list with a gap', ['https://a.example', undefined], 'absolute URLs'],
    ['a host alone', 'api.example', 'absolute URLs'],
    ['a pattern', /example/, 'absolute URLs'],
    ['everything', '*', 'absolute URLs'],
    ['a wildcard for a port', 'https://api.example:*', 'absolute URLs'],
    ['a wildcard', 'https://*.example', 'wildcard'],
    ['a wildcard within a name', 'https://api-*.example', 'wildcard'],
    ['a path', 'https://api.example/v2', '"https://api.example"'],
    ['a query', 'https://api.example?x=1', '"https://api.example"'],
    ['a fragment', 'https://api.example#x', '"https://api.example"'],
    ['a user', 'https://user@api.example', '"https://api.example"'],
    ['a password', 'https://:pass@api.example', '"https://api.example"'],
    ['plain http', 'http://api.example', 'allowInsecure'],
    ['plain http that looks like loopback', 'http://127.0.0.1.evil.example', 'allowInsecure'],
    ['another scheme', 'ftp://api.example', 'ftp:'],
    ['a host read as a scheme', 'localhost:3000', 'localhost:'],
    ['a file', new URL('file:///tmp'), 'file:'],
  ])('%s', (_, origins, says) => {
    expect(thrownBy(() => originPredicate(origins as AllowedOrigins, false))).toMatchObject({
      code: 'ERR_TOKENFLIGHT_CONFIGURATION',
      option: 'origins',
      message: expect.stringContaining(says),
    });
  });

  it('do not show a password', () => {
    const error = thrownBy(() => originPredicate('https://user:hunter2@api.example', false)) as Error;
    expect(error.message).not.toContain('hunter2');
  });
});

describe('plain http', () => {
  it('may be an origin where that is allowed', () => {
    expect(originPredicate('http://api.example', true)(new URL('http://api.example/v2'))).toBe(true);
    expect(originPredicate('http://api.example', true)(new URL('https://api.example/v2'))).toBe(false);
  });
});

describe('a list', () => {
  it('counts as it was when it was given', () => {
    const origins = ['https://a.example'];
    const isAllowed = originPredicate(origins, false);
    origins.push('https://b.example');
    expect(isAllowed(new URL('https://b.example'))).toBe(false);
  });
});

describe('a function', () => {
  it.each<[string, unknown, boolean]>([
    ['true', true, true],
    ['false', false, false],
    ['nothing', undefined, false],
    ['1', 1, false],
    ['a text', 'yes', false],
    ['a promise of true', Promise.resolve(true), false],
    ['an object', {}, false],
  ])('that gives %s decides so', (_, given, expected) => {
    expect(allows(() => given as boolean, 'https://api.example')).toBe(expected);
  });

  it('that throws allows nothing, and its error is the answer', () => {
    const failure = new Error('no such tenant');
    const throwing = (): never => {
      throw failure;
    };
    expect(thrownBy(() => allows(throwing, 'https://api.example'))).toBe(failure);
  });

  it('is asked for each URL and cannot change it', () => {
    const origins = jest.fn((url: URL) => {
      url.host = 'evil.example';
      return true;
    });
    const url = new URL('https://api.example/v2');
    const isAllowed = originPredicate(origins, false);
    expect([isAllowed(url), isAllowed(url)]).toEqual([true, true]);
    expect(origins).toHaveBeenCalledTimes(2);
    expect(url.href).toBe('https://api.example/v2');
  });
});
