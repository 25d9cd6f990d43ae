import { expect, it } from '@jest/globals';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

it('a provider serves a hundred thousand distinct requests through ten thousand places, each with its own token', async () => {
  const { provider, endpoint } = providerUnderTest();
  const seen: string[] = [];
  endpoint.reaction = (request) => {
    const scope = request.form.get('scope') ?? '';
    seen.push(scope);
    endpoint.requests.length = 0; // the record itself would be the leak
    request.grant(`token-${scope}`, 600);
  };
  for (let from = 0; from < 100_000; from += 1_000) {
    const scopes = Array.from({ length: 1_000 }, (_, index) => `s${from + index}`);
    const tokens = await Promise.all(scopes.map((scope) => provider.getToken({ scope })));
    expect(tokens.map(({ value }) => value)).toEqual(scopes.map((scope) => `token-${scope}`));
  }
  expect(seen).toHaveLength(100_000);
  expect(provider.peek({ scope: 's99999' })?.value).toBe('token-s99999');
  expect(provider.peek({ scope: 's90000' })?.value).toBe('token-s90000');
  expect(provider.peek({ scope: 's89999' })).toBeUndefined();
  expect((await provider.getToken({ scope: 's0' })).value).toBe('token-s0');
  expect(seen).toHaveLength(100_001);
}, 180_000);
