import { describe, expect, it } from '@jest/globals';
import { type Refusal, readRefusal } from '../../src/protocol/refusal.ts';

describe('a refusal', () => {
  it.each<[string, members: Record<string, unknown>, expected: Refusal]>([
    [
      'RFC 6749 in full',
      { error: 'invalid_scope', error_description: 'no such scope', error_uri: 'https://d.example/e' },
      { error: 'invalid_scope', errorDescription: 'no such scope', errorUri: 'https://d.example/e' },
    ],
    ['only an error', { error: 'invalid_grant' }, { error: 'invalid_grant' }],
    [
      'nested, as Benchling has it',
      { error: { type: 'invalid_client', message: 'Unknown client', userMessage: 'Ask your admin' } },
      { error: 'invalid_client', errorDescription: 'Unknown client' },
    ],
    [
      'nested, for users only',
      { error: { type: 'invalid_grant', userMessage: 'Ask your admin' } },
      { error: 'invalid_grant', errorDescription: 'Ask your admin' },
    ],
    [
      'nested, with a code',
      { error: { code: 'AuthFailed', message: 'no' } },
      { error: 'AuthFailed', errorDescription: 'no' },
    ],
    [
      'nested, as Google has it',
      { error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } },
      { error: 'PERMISSION_DENIED', errorDescription: 'no' },
    ],
    ['nested, with a number only', { error: { code: 401 } }, { error: '401' }],
    ['nested, with a status only', { error: { status: 403, message: 'no' } }, { error: '403', errorDescription: 'no' }],
    ['a number', { error: 7 }, { error: '7' }],
    ['true', { error: true }, { error: 'unknown_error' }],
    ['a list', { error: ['invalid_client'] }, { error: 'unknown_error' }],
    ['of a shape not known', { error: { reasons: ['x'] } }, { error: 'unknown_error' }],
    ['nested, with an empty message', { error: { message: '' } }, { error: 'unknown_error' }],
    ['nested, with a message only', { error: { message: 'no' } }, { error: 'unknown_error', errorDescription: 'no' }],
    [
      'as Okta has it',
      { errorCode: 'E0000011', errorSummary: 'Invalid token provided', errorLink: 'E0000011' },
      { error: 'E0000011', errorDescription: 'Invalid token provided' },
    ],
    [
      'with a message beside it',
      { error: 'Unauthorized', message: 'No such app', statusCode: 401 },
      { error: 'Unauthorized', errorDescription: 'No such app' },
    ],
    [
      'Microsoft, with further members',
      { error: 'invalid_client', error_description: 'AADSTS7000215: x', error_codes: [7_000_215] },
      { error: 'invalid_client', errorDescription: 'AADSTS7000215: x' },
    ],
  ])('%s', (_, members, expected) => {
    const whole = { errorDescription: undefined, errorUri: undefined, ...expected };
    expect(readRefusal(members, 400)).toEqual(whole);
    expect(readRefusal({ access_token: 'a', ...members }, 200)).toEqual(whole);
  });

  it.each([
    {},
    { message: 'no' },
    { error: null },
    { error: '' },
    { error: {} },
    { error: [] },
    { error: 0 },
    { access_token: 'a' },
  ])('is what an error status makes of %j, without a code', (members) =>
    expect(readRefusal(members, 400)).toMatchObject({ error: undefined }),
  );

  it.each([99, 199, 300, 400, 500])('is what status %d makes of anything', (status) => {
    expect(readRefusal({ access_token: 'a' }, status)).toBeDefined();
  });
});

describe('no refusal', () => {
  it.each([
    {},
    { access_token: 'a' },
    { access_token: 'a', error: null },
    { access_token: 'a', error: '' },
    { access_token: 'a', error: {} },
    { access_token: 'a', error: [] },
    { access_token: 'a', error: 0 },
    { access_token: 'a', error_description: 'none', message: 'welcome' },
    { access_token: 'a', errorCode: '' },
    { access_token: 'a', error: false },
  ])('is %j with a status of success', (members) => {
    expect([200, 201, 299].map((status) => readRefusal(members, status))).toEqual([undefined, undefined, undefined]);
  });
});

describe('members that are no texts', () => {
  it('are passed over', () => {
    const members = { error: 'e', error_description: { a: 1 }, error_uri: 5, message: 'told here' };
    expect(readRefusal(members, 400)).toEqual({ error: 'e', errorDescription: 'told here', errorUri: undefined });
  });
});
