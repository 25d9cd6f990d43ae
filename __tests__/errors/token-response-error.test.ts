import { describe, expect, it } from '@jest/globals';
import { TokenResponseError } from '../../src/errors/token-response-error.ts';

describe('an unusable answer', () => {
  it.each([
    [{ status: 200, excerpt: 'Please log in' }, 'Please log in', '(status 200): empty; it reads: Please log in'],
    [{ status: 0, excerpt: '' }, '', '(status 0): empty'],
    [{ status: 503 }, '', '(status 503): empty'],
  ])('%j is told with its status and what can be read of it', (answer, excerpt, told) => {
    const error = new TokenResponseError('empty', answer, { nowMs: () => 0 });
    expect(error.message).toBe(`unusable answer of the token endpoint ${told}`);
    expect([error.status, error.excerpt]).toEqual([answer.status, excerpt]);
  });
});
