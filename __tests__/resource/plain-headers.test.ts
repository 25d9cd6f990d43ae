import { expect, test } from '@jest/globals';
import { hasAuthorization, withToken } from '../../src/resource/plain-headers.ts';

test.each([
  [undefined, false],
  [{}, false],
  [{ accept: '*/*' }, false],
  [{ authorization: undefined }, false],
  [{ Authorization: null }, false],
  [{ AUTHORIZATION: 'Basic mine' }, true],
  [{ authorization: '' }, true],
  [{ Authorization: false }, true],
])('whether the caller set it: %j %j', (headers, expected) => {
  expect(hasAuthorization(headers)).toBe(expected);
});

test('a token takes the place of whatever has its name, in any case', () => {
  const headers = { Authorization: undefined, accept: '*/*', DPoP: 'mine' };
  expect(withToken(headers, { authorization: 'Bearer a' })).toEqual({
    accept: '*/*',
    DPoP: 'mine',
    authorization: 'Bearer a',
  });
  expect(withToken(headers, { authorization: 'DPoP a', dpop: 'proof' })).toEqual({
    accept: '*/*',
    authorization: 'DPoP a',
    dpop: 'proof',
  });
  expect(withToken(undefined, { authorization: 'Bearer a' })).toEqual({ authorization: 'Bearer a' });
  expect(headers).toEqual({ Authorization: undefined, accept: '*/*', DPoP: 'mine' });
});
