import { describe, expect, it } from '@jest/globals';
import { endpointProblem } from '../../src/values/endpoint-problem.ts';

describe('an endpoint', () => {
  it.each([
    'https://auth.example/token',
    'https://auth.example:8443/token?tenant=1',
    'http://127.0.0.1:8080/token',
    'http://localhost/token',
  ])('may be %s', (given) => expect(endpointProblem(given, false)).toBeUndefined());

  it('may be plain http anywhere, where that is allowed', () => {
    expect(endpointProblem('http://auth.example/token', true)).toBeUndefined();
  });

  it.each<[string, boolean, RegExp]>([
    ['/token', false, /absolute/],
    ['', false, /absolute/],
    ['ftp://auth.example/token', true, /https/],
    ['http://auth.example/token', false, /allowInsecure/],
    ['https://user@auth.example/token', true, /user info/],
    ['https://:password@auth.example/token', true, /user info/],
    ['https://auth.example/token#part', true, /fragment/],
  ])('must not be %s, insecure ones allowed: %p', (given, allowInsecure, problem) => {
    expect(endpointProblem(given, allowInsecure)).toMatch(problem);
  });
});
