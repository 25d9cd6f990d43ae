import { expect, it } from '@jest/globals';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

it('a subject that is known is asked for with its newest parameters', async () => {
  let token = 'first';
  const { provider, endpoint } = providerUnderTest({
    forcedRefreshIntervalMs: 0,
    grant: { grantType: 'g', subject: () => ({ digest: 'user', parameters: { subject_token: token } }) },
  });
  endpoint.grantAll(600);
  await provider.getToken();
  token = 'second';
  await provider.getToken(undefined, { forceRefresh: true });
  expect(endpoint.requests.map(({ form }) => form.get('subject_token'))).toEqual(['first', 'second']);
});

it.each([
  ['no digest', { parameters: {} }],
  ['an empty digest', { digest: '', parameters: {} }],
  ['a digest that is no text', { digest: 5, parameters: {} }],
  ['nothing', undefined],
  ['null', null],
])('a subject with %s is refused: it would get the token of another', async (_, subject) => {
  const { provider, endpoint } = providerUnderTest({ grant: { grantType: 'g', subject: () => subject as never } });
  await expect(provider.getToken()).rejects.toMatchObject({
    code: 'ERR_TOKENFLIGHT_CONFIGURATION',
    option: 'grant.subject',
    message: 'grant.subject: must give a "digest" that is not empty',
  });
  expect(endpoint.requests).toEqual([]);
});

it('a subject is asked for once for a caller with a signal, and not waited for once that caller has left', async () => {
  let asked = 0;
  const { provider, endpoint } = providerUnderTest({
    grant: { grantType: 'g', subject: () => ({ digest: `user-${++asked}`, parameters: { n: `${asked}` } }) },
  });
  endpoint.grantAll(600);
  await provider.getToken(undefined, { signal: new AbortController().signal });
  expect([asked, endpoint.last.form.get('n')]).toEqual([1, '1']);
});

it('no subject gets the token of another, however the scope is written', async () => {
  let user = 'one';
  const { provider, endpoint } = providerUnderTest({
    grant: { grantType: 'g', subject: () => ({ digest: user, parameters: { subject_token: user } }) },
  });
  endpoint.reaction = ({ form, grant }) => grant(`token-of-${form.get('subject_token')}`, 600);
  for (const scope of ['b a', 'a b', 'b a']) {
    for (user of ['one', 'two']) expect((await provider.getToken({ scope })).value).toBe(`token-of-${user}`);
  }
  expect(endpoint.requests).toHaveLength(2);
});

it.each(['a caller with a signal', 'a caller without one'])(
  'a subject that never comes does not hold %s',
  async (name) => {
    const { provider, clock } = providerUnderTest({ grant: { grantType: 'g', subject: () => new Promise(() => {}) } });
    const signal = name.endsWith('signal') ? new AbortController().signal : undefined;
    const call = provider.getToken(undefined, { signal });
    const refused = expect(call).rejects.toMatchObject({
      message: 'no token within 10000 ms (option "attemptTimeoutMs")',
      code: 'ERR_TOKENFLIGHT_TIMEOUT',
      timeoutMs: 10_000,
      ageMs: 0,
    });
    await clock.advance(10_000);
    await refused;
    expect(clock.pending).toEqual([]);
  },
);

it('whoever is being asked for a subject when the provider is closed learns of it at once', async () => {
  const { provider, clock } = providerUnderTest({ grant: { grantType: 'g', subject: () => new Promise(() => {}) } });
  const call = expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' });
  await provider.close();
  await call;
  await clock.advance(10_000);
  expect(clock.pending).toEqual([]);
});
