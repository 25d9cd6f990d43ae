import { describe, expect, it } from '@jest/globals';
import { TokenRequestRejectedError } from '../../src/errors/token-request-rejected-error.ts';

describe('a refusal', () => {
  it.each<[string | undefined, string | undefined, string]>([
    ['invalid_client', 'unknown client', 'invalid_client: unknown client'],
    ['invalid_client', undefined, 'invalid_client'],
    [undefined, 'unknown client', 'unknown client'],
    [undefined, undefined, 'no reason given'],
  ])('with error %j and description %j is told as %j', (error, errorDescription, said) => {
    const refusal = new TokenRequestRejectedError({ status: 401, error, errorDescription }, { nowMs: () => 0 });
    expect(refusal.message).toBe(`the token endpoint refused (status 401): ${said}`);
  });

  it('is told in one line, without what a terminal would obey, and the field as it came', () => {
    const errorDescription = 'AADSTS7000215: no\r\nTrace ID: 1\u2028\u001b[31mred\u0085\0';
    const refusal = new TokenRequestRejectedError({ status: 401, errorDescription }, { nowMs: () => 0 });
    expect(refusal.message).toBe('the token endpoint refused (status 401): AADSTS7000215: no Trace ID: 1 [31mred ');
    expect(refusal.errorDescription).toBe(errorDescription);
  });

  it("keeps OAuth's fields apart", () => {
    const fields = { status: 400, error: 'e', errorDescription: 'd', errorUri: 'https://docs.example/e' };
    expect(new TokenRequestRejectedError(fields, { nowMs: () => 0 })).toMatchObject(fields);
  });
});
