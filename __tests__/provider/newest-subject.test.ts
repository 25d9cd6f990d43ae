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
