import { expect, it } from '@jest/globals';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';

it('gives the same token with and without a promise, once it knows its id', async () => {
  const source = staticTokenSource('fixed');
  const token = await source.getToken();
  expect([token.value, token.tokenType]).toEqual(['fixed', 'Bearer']);
  expect(source.peek?.()).toBe(token);
  expect(source.peek?.({ scope: 'any' })).toBe(token);
});

it('has no promise for a caller who has left', async () => {
  const reason = new Error('changed my mind');
  await expect(staticTokenSource('fixed').getToken(undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});

it('needs no signal of a caller', async () => {
  expect((await staticTokenSource('fixed').getToken(undefined, {})).value).toBe('fixed');
});

it('has no other token to give after a rejection', async () => {
  const source = staticTokenSource('fixed');
  const token = await source.getToken();
  expect(await source.invalidate(token)).toBe(false);
  expect(await source.getToken()).toBe(token);
});

it.each([[''], ['two words'], ['line\r\nbreak'], [7], [undefined], [['fixed']]])('refuses %j as a token', (token) => {
  expect(() => staticTokenSource(token as string)).toThrow(
    new ConfigurationError('token', 'must be one or more visible ASCII characters'),
  );
});
