import { expect, it } from '@jest/globals';
import { jwtBearer } from '../../src/protocol/jwt-bearer.ts';

const signed = { key: () => '', issuer: 'i', audience: 'a' };

it.each<[string, unknown]>([
  ['options', undefined],
  ['options', 'an assertion'],
  ['assertion', {}],
  ['assertion', { assertion: undefined }],
  ['assertion', { assertion: '' }],
  ['issuer', { assertion: 'a', issuer: 'i' }],
  ['key', { ...signed, key: 'no PEM', algorithm: 'RS256' }],
  ['algorithm', { ...signed, algorithm: 'none' }],
  ['kid', { ...signed, kid: 7 }],
  ['issuer', { ...signed, issuer: undefined }],
  ['audience', { ...signed, audience: '' }],
  ['subject', { ...signed, subject: 7 }],
  ['scopeInAssertion', { ...signed, scopeInAssertion: 'yes' }],
  ['claims', { ...signed, claims: [] }],
  ['subjct', { ...signed, subjct: 'ann' }],
])('is refused at once, with the name of the option: %s', (option, options) => {
  expect(() => jwtBearer(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }),
  );
});

it('takes all options that there are', () => {
  jwtBearer({ assertion: () => '' });
  jwtBearer({ ...signed, algorithm: 'RS256', kid: 'k', subject: 's', scopeInAssertion: true, claims: { exp: 1 } });
  jwtBearer({ ...signed, algorithm: undefined, kid: undefined, subject: undefined, claims: undefined });
});
