import { inspect } from 'node:util';
import { expect, it } from '@jest/globals';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const fail = (): never => {
  throw new Error('the database said: password hunter2-4711 is wrong');
};

it('a grant that fails to say whether it has something else to offer leaves the refusal as it is', async () => {
  const { provider, endpoint } = providerUnderTest({ grant: { grantType: 'g', refused: fail } });
  endpoint.answerAll(400, { error: 'invalid_grant' });
  await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_grant', retryable: false });
  expect(endpoint.requests).toHaveLength(1);
});

it('a grant that fails to run a token request is told apart from a server that fails, and not quoted', async () => {
  const { provider, endpoint, events } = providerUnderTest({
    grant: { grantType: 'g', exclusively: async () => fail() },
    retry: { retries: 0 },
  });
  endpoint.grantAll(600);
  const error: unknown = await provider.getToken().catch((error: unknown) => error);
  const message = 'the grant did not run the token request';
  expect(error).toMatchObject({ message, code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE', retryable: true });
  expect(inspect([error, events], { depth: null, showHidden: true })).not.toContain('hunter2');
});
