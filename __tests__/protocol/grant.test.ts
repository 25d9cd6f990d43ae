import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { clientCredentials, grant, password } from '../../src/protocol/grant.ts';
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

  it('tells whose tokens it gets, and does not print it', () => {
    const badge = grant('urn:example:badge', { pin: 'p1n-s3cret' });
    expect(badge.identity).toEqual(['[["pin","p1n-s3cret"]]']);
    expect(`${JSON.stringify(badge)} ${inspect(badge, { depth: null })}`).not.toContain('p1n');
    expect({ ...badge, identity: ['user-1'] }.identity).toEqual(['user-1']);
    expect(grant('urn:example:made', () => ({})).identity).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    ['grantType', () => grant(undefined as never)],
    ['grantType', () => grant('')],
    ['parameters', () => grant('urn:x', null as never)],
    ['parameters', () => grant('urn:x', 'badge=1' as never)],
    ['parameters.badge', () => grant('urn:x', { badge: 4711 } as never)],
    ['parameters.badge', () => grant('urn:x', { badge: undefined } as never)],
    ['parameters.badge', () => grant('urn:x', { badge: ['1', 2] } as never)],
    ['username', () => password(undefined as never, 's')],
    ['password', () => password('ann', undefined as never)],
    ['password', () => password('ann', '')],
  ])('is refused at once, with the name of what is malformed: %s', (option, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }));
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
