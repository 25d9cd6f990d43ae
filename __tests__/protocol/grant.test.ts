import { describe, expect, it, jest } from '@jest/globals';
import { clientCredentials, grant } from '../../src/protocol/grant.ts';
import { canonicalTokenRequest } from '../../src/values/token-request.ts';

const request = canonicalTokenRequest({});

describe('a grant', () => {
  it('of client credentials is nothing but its type', () => {
    expect(clientCredentials()).toEqual({ grantType: 'client_credentials', identity: [] });
  });

  it('of any other type has the fields that were given', async () => {
    const badge = grant('urn:example:badge', { badge: '4711', role: ['a', 'b'] });
    expect(badge.grantType).toBe('urn:example:badge');
    expect(await badge.parameters?.(request)).toEqual({ badge: '4711', role: ['a', 'b'] });
    expect(await grant('urn:example:none').parameters?.(request)).toEqual({});
  });

  it('makes its fields afresh each time, so that a one-time value is never sent twice', async () => {
    let count = 0;
    const make = jest.fn(async () => ({ assertion: `a-${++count}` }));
    const oneTime = grant('urn:example:one-time', make);
    expect(make).not.toHaveBeenCalled();
    expect(await oneTime.parameters?.(request)).toEqual({ assertion: 'a-1' });
    expect(await oneTime.parameters?.(request)).toEqual({ assertion: 'a-2' });
  });
});
