import { expect, test } from '@jest/globals';
import { factsOf, readFailure, readToken, writeFailure, writeToken } from '../../src/store/stored-entry.ts';
import type { StoredFailure, StoredToken } from '../../src/store/token-store.ts';

const token: StoredToken = {
  id: 'abcdefghijklmnop',
  value: 'the-token',
  tokenType: 'Bearer',
  scope: 'a b',
  response: { nested: { deep: [1, 'é'] } },
  lifetimeMs: 3_600_000.5,
  refreshInMs: 1_800_000,
  marginMs: 60_000,
  isForced: true,
};
const failure: StoredFailure = {
  code: 'ERR_TOKENFLIGHT_REQUEST_REJECTED',
  message: 'refused',
  retryable: false,
  refusal: { status: 400, error: 'invalid_scope', errorDescription: 'no', errorUri: 'https://id.example/why' },
  pauseMs: 1_500,
};
const facts = factsOf(token);
const edited = (edit: object): string => JSON.stringify({ ...JSON.parse(writeToken(token)), ...edit });
const editedFailure = (edit: object): string => JSON.stringify({ ...failure, ...edit });

test('a token comes back as it went, the optional parts left out or not', () => {
  expect(readToken(writeToken(token), facts)).toEqual(token);
  const bare = { id: 'i', value: 'v', tokenType: 'DPoP', response: {}, lifetimeMs: 1, marginMs: 0, isForced: false };
  expect(readToken(writeToken(bare), factsOf(bare))).toEqual(bare);
});

test('what is said of a token in the clear is said there only', () => {
  expect(writeToken(token)).not.toMatch(/abcdefghijklmnop|3600000|60000/);
});

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['null', 'null'],
  ['no value', edited({ value: undefined })],
  ['an empty value', edited({ value: '' })],
  ['a value that would end a header', edited({ value: 'a\r\nb' })],
  ['a value with a space', edited({ value: 'a b' })],
  ['an empty refresh token', edited({ value: '', tokenType: 'refresh_token' })],
  ['no token type', edited({ tokenType: 1 })],
  ['a scope that is no text', edited({ scope: ['a'] })],
  ['advice that is no number', edited({ refreshInMs: '1' })],
  ['no response', edited({ response: undefined })],
  ['a response that is a list', edited({ response: [] })],
])('%s is no token', (_, text) => {
  expect(readToken(text, facts)).toBeUndefined();
});

test.each([{ id: '' }, { lifetime: 'x' }, { lifetime: '0' }, { lifetime: '' }, { margin: '-1' }, { margin: 'x' }])(
  'nor is one of which is said %j',
  (edit) => {
    expect(readToken(writeToken(token), { ...facts, ...edit })).toBeUndefined();
  },
);

test('a failure comes back as it went', () => {
  expect(readFailure(writeFailure(failure))).toEqual(failure);
  const bare = { code: 'c', message: 'm', retryable: true, pauseMs: 1 };
  expect(readFailure(writeFailure(bare))).toEqual(bare);
});

test.each([
  ['no JSON', '{'],
  ['no object', '1'],
  ['no code', editedFailure({ code: 1 })],
  ['no message', editedFailure({ message: undefined })],
  ['no word on repeating', editedFailure({ retryable: 'yes' })],
  ['no pause', editedFailure({ pauseMs: undefined })],
  ['a pause of nothing', editedFailure({ pauseMs: 0 })],
  ['a refusal without status', editedFailure({ refusal: {} })],
  ['a refusal of numbers', editedFailure({ refusal: { status: 400, error: 1 } })],
])('%s is no failure', (_, text) => {
  expect(readFailure(text)).toBeUndefined();
});
