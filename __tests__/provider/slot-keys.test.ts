import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlotKeys } from '../../src/provider/slot-keys.ts';
import { canonicalTokenRequest, mergeTokenRequests, type TokenRequest } from '../../src/values/token-request.ts';

// Few characters, the blank and those that keys are written with among them, so that collisions would be found.
const text = fc.string({ unit: fc.constantFrom('a', '1', '0', ':', '[', ']', ' '), maxLength: 6 });
const requests: fc.Arbitrary<TokenRequest> = fc.record(
  {
    scope: fc.oneof(text, fc.array(text, { maxLength: 3 })),
    audience: fc.oneof(text, fc.array(text, { maxLength: 2 })),
    parameters: fc.dictionary(text, text, { maxKeys: 2 }),
  },
  { requiredKeys: [] },
);
const subjects = fc.option(fc.record({ digest: text, parameters: fc.constant({}) }), { nil: undefined });

describe('the key of a slot', () => {
  const keys = new SlotKeys({ scope: 'x', audience: 'one' });

  it.each<[TokenRequest, string]>([
    [{}, 'x'],
    [{ scope: ' b  a b' }, 'a b'],
    [{ scope: ['b a', 'c'], audience: 'one' }, 'a b c'],
    [{ scope: '' }, ''],
  ])('is the scope, where the request is as the defaults in all else: %j', (request, key) => {
    expect(keys.keyOf(request)).toEqual([key]);
    expect(keys.requestOf(key)).toEqual(canonicalTokenRequest({ audience: 'one', scope: key }));
  });

  it.each<[TokenRequest, string | undefined]>([
    [{ scope: 'a', audience: 'two' }, undefined],
    [{ scope: 'a', parameters: { p: 'q' } }, undefined],
    [{ scope: 'a' }, 'digest of a subject'],
  ])('is more than the scope for %j of %j, and no scope that a caller may write', (request, digest) => {
    const [key, unsaid] = keys.keyOf(request, digest === undefined ? undefined : { digest, parameters: {} });
    expect(unsaid).toEqual(canonicalTokenRequest({ audience: 'one', ...request }));
    expect(keys.mayBeKey(key)).toBe(false);
    expect(keys.mayBeKey('a')).toBe(true);
  });

  it('says all of the request, or comes with it, and is never that of two', () => {
    fc.assert(
      fc.property(requests, fc.array(fc.tuple(requests, subjects), { maxLength: 30 }), (defaults, drawn) => {
        const named = new SlotKeys(defaults);
        const found = new Map<string, string>();
        for (const [given, subject] of drawn) {
          const [key, unsaid] = named.keyOf(given, subject);
          const wanted = canonicalTokenRequest(mergeTokenRequests(defaults, given));
          expect(unsaid ?? named.requestOf(key)).toEqual(wanted);
          const distinct = JSON.stringify([wanted, subject?.digest]);
          expect(found.get(key) ?? distinct).toBe(distinct);
          found.set(key, distinct);
        }
      }),
      { numRuns: 500 },
    );
  });
});
