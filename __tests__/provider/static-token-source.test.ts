import { expect, it } from '@jest/globals';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';

it('gives the same token with and without a promise, once it knows its id', async () => {
  const source = staticTokenSource('fixed');
  const token = await source.getToken();
  expect(token.value).toBe('fixed');
  expect(source.peek?.()).toBe(token);
  expect(source.peek?.({ scope: 'any' })).toBe(token);
});

it('has no promise for a caller who has left', async () => {
  const reason = new Error('changed my mind');
  await expect(staticTokenSource('fixed').getToken(undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});
