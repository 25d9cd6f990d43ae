import { describe, expect, it } from '@jest/globals';
import {
  canonicalTokenRequest,
  mergeTokenRequests,
  summarizeTokenRequest,
  type TokenRequest,
} from '../../src/values/token-request.ts';

const nothing = { scopes: [], audiences: [], resources: [], authorizationDetails: undefined, parameters: [] };

describe('merging a request into the defaults', () => {
  const defaults: TokenRequest = {
    scope: 'read',
    audience: 'https://a.example',
    resource: ['https://r.example'],
    authorizationDetails: [{ type: 'a' }],
    parameters: { tenant: 'one', region: 'eu' },
  };

  it('takes the defaults where there is no request', () => {
    expect(mergeTokenRequests(defaults, undefined)).toBe(defaults);
    expect(mergeTokenRequests(defaults, {})).toEqual(defaults);
  });

  it.each<[keyof TokenRequest, TokenRequest]>([
    ['scope', { scope: 'write' }],
    ['scope', { scope: '' }],
    ['scope', { scope: [] }],
    ['audience', { audience: ['https://b.example'] }],
    ['resource', { resource: 'https://s.example' }],
    ['authorizationDetails', { authorizationDetails: [] }],
  ])('lets the request replace %s alone: %j', (field, request) => {
    expect(mergeTokenRequests(defaults, request)).toEqual({ ...defaults, [field]: request[field] });
  });

  it('merges parameters name by name', () => {
    expect(mergeTokenRequests(defaults, { parameters: { region: 'us', tier: 'b' } }).parameters).toEqual({
      tenant: 'one',
      region: 'us',
      tier: 'b',
    });
  });

  it('leaves both as they were', () => {
    const before = structuredClone(defaults);
    const request = Object.freeze({ scope: 'write', parameters: Object.freeze({ region: 'us' }) });
    mergeTokenRequests(defaults, request);
    expect(defaults).toEqual(before);
  });
});

describe('the canonical form', () => {
  it.each<[TokenRequest, object]>([
    [{}, {}],
    [{ scope: '' }, {}],
    [{ scope: 'b a' }, { scopes: ['a', 'b'] }],
    [{ scope: ' b  a b ' }, { scopes: ['a', 'b'] }],
    [{ scope: ['b', 'a', 'b', ''] }, { scopes: ['a', 'b'] }],
    [{ scope: ['c b', 'a'] }, { scopes: ['a', 'b', 'c'] }],
    [{ scope: 'A a' }, { scopes: ['A', 'a'] }],
    [{ audience: 'y' }, { audiences: ['y'] }],
    [{ audience: ['y', 'x', 'y'] }, { audiences: ['x', 'y'] }],
    [{ resource: 'https://r.example/b c' }, { resources: ['https://r.example/b c'] }],
    [{ resource: ['b:', 'a:'] }, { resources: ['a:', 'b:'] }],
    [{ authorizationDetails: [{ type: 'x', n: 1 }] }, { authorizationDetails: '[{"type":"x","n":1}]' }],
    [{ authorizationDetails: [] }, { authorizationDetails: undefined }],
    [
      { parameters: { b: '2', a: '1' } },
      {
        parameters: [
          ['a', '1'],
          ['b', '2'],
        ],
      },
    ],
    [{ parameters: { b: '' } }, { parameters: [['b', '']] }],
  ])('of %j', (request, expected) => {
    expect(canonicalTokenRequest(request)).toEqual({ ...nothing, ...expected });
  });

  it('has lists that nobody who is shown them can change', () => {
    const { scopes, audiences, resources } = canonicalTokenRequest({ scope: 'a', audience: 'b', resource: 'urn:c' });
    for (const list of [scopes, audiences, resources]) expect(Object.isFrozen(list)).toBe(true);
  });

  it('does not share the arrays of the request', () => {
    const scope = ['b', 'a'];
    const canonical = canonicalTokenRequest({ scope });
    scope.push('admin');
    expect(canonical.scopes).toEqual(['a', 'b']);
  });
});

describe('the summary for logs', () => {
  it('names what was asked for but never the value of a free parameter', () => {
    const request = canonicalTokenRequest({
      scope: 'b a',
      audience: 'aud',
      resource: 'https://r.example',
      parameters: { subject_token: 'secret-1', actor: 'secret-2' },
    });
    const summary = summarizeTokenRequest(request);
    expect(summary).toEqual({
      scope: 'a b',
      audience: ['aud'],
      resource: ['https://r.example'],
      parameterNames: ['actor', 'subject_token'],
    });
    expect(JSON.stringify(summary)).not.toContain('secret');
    expect(Object.isFrozen(summary)).toBe(true);
  });

  it('leaves out what was not asked for', () => {
    expect(Object.keys(summarizeTokenRequest(canonicalTokenRequest({})))).toEqual([]);
  });
});
