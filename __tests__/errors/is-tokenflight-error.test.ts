import { expect, it } from '@jest/globals';
import { isTokenflightError } from '../../src/errors/is-tokenflight-error.ts';
import { TokenRequestRejectedError } from '../../src/errors/token-request-rejected-error.ts';

const caught: unknown = new TokenRequestRejectedError(
  { status: 400, error: 'invalid_scope', errorDescription: undefined, errorUri: undefined },
  { nowMs: () => 0 },
);

it('makes the fields of an error known by its code', () => {
  const found: unknown[] = [];
  if (isTokenflightError(caught, 'ERR_TOKENFLIGHT_REQUEST_REJECTED')) found.push(caught.error);
  if (isTokenflightError(caught) && caught.code === 'ERR_TOKENFLIGHT_REQUEST_REJECTED') found.push(caught.error);
  if (isTokenflightError(caught, 'ERR_TOKENFLIGHT_CONFIGURATION')) found.push(caught.option);
  expect(found).toEqual(['invalid_scope', 'invalid_scope']);
});
