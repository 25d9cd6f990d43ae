import { describe, expect, test } from '@jest/globals';
import { verdictOf, verdictOfFields } from '../../src/resource/verdict.ts';

describe('what the server answered', () => {
  test('is read from what Node gives', () => {
    const headers = { 'www-authenticate': ['Basic', 'Bearer'], 'dpop-nonce': 'n' } as never;
    expect(verdictOf({ statusCode: 401, headers })).toEqual({
      status: 401,
      wwwAuthenticate: 'Basic,Bearer',
      dpopNonce: 'n',
    });
    expect(verdictOf({ statusCode: 200, headers: {} }).dpopNonce).toBeUndefined();
  });

  test.each([
    ['as the server wrote them', { 'WWW-Authenticate': 'Bearer', 'DPoP-Nonce': 'n' }],
    ['in lower case', { 'www-authenticate': 'Bearer', 'dpop-nonce': 'n' }],
    ['as lists', { 'www-authenticate': ['Bearer'], 'dpop-nonce': ['n'] }],
  ])('is read from headers whose names are %s', (_, headers) => {
    expect(verdictOfFields(401, headers)).toEqual({ status: 401, wwwAuthenticate: 'Bearer', dpopNonce: 'n' });
  });

  test('may say neither', () => {
    const { wwwAuthenticate, dpopNonce } = verdictOfFields(401, { 'www-authenticate': null });
    expect([wwwAuthenticate, dpopNonce]).toEqual([undefined, undefined]);
  });
});
