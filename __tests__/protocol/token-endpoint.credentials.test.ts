import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { CredentialUnavailableError } from '../../src/errors/credential-unavailable-error.ts';
import { fixedServer } from '../../src/protocol/authorization-server.ts';
import { clientSecretBasic, clientSecretPost, none } from '../../src/protocol/client-authentication.ts';
import { clientCredentials, grant } from '../../src/protocol/grant.ts';
import { type PreparedRequest, prepareTokenRequest, type TokenEndpoint } from '../../src/protocol/token-endpoint.ts';
import { platformTransport } from '../../src/protocol/transport.ts';
import { canonicalTokenRequest } from '../../src/values/token-request.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const SECRET = 's3cr3t+not/to:be seen';

const prepare = (parts: Partial<TokenEndpoint>): Promise<PreparedRequest> => {
  const endpoint = {
    server: fixedServer({ tokenUrl: new URL('https://auth.example/token') }),
    dpop: undefined,
    clientAuthentication: clientSecretBasic('id', SECRET),
    grant: clientCredentials(),
    transport: platformTransport,
    clock: new FakeClock(),
    ...parts,
  };
  return prepareTokenRequest(endpoint, canonicalTokenRequest({}));
};
const throwing =
  (error: unknown): (() => never) =>
  () => {
    throw error;
  };

/** The error that preparing ends with, none of whose parts shows the secret. */
async function failureOf(parts: Partial<TokenEndpoint>): Promise<CredentialUnavailableError> {
  const error = await prepare(parts).catch((reason: unknown) => reason as CredentialUnavailableError);
  expect(error).toBeInstanceOf(CredentialUnavailableError);
  expect(inspect(error, { depth: null, showHidden: true, getters: true })).not.toMatch(/s3cr3t|not.to.be/);
  return error as CredentialUnavailableError;
}

describe("the user's own functions", () => {
  it.each<[string, Partial<TokenEndpoint>]>([
    ['a secret', { clientAuthentication: clientSecretBasic('id', throwing(new Error(`read ${SECRET}`))) }],
    [
      'a secret that a parser choked on',
      { clientAuthentication: clientSecretPost('id', () => JSON.parse('s3cr3t+x') as string) },
    ],
    [
      'a secret, with a cause',
      { clientAuthentication: clientSecretBasic('id', throwing(new Error('no', { cause: new Error(SECRET) }))) },
    ],
    ['a secret, with a text', { clientAuthentication: clientSecretBasic('id', throwing(SECRET)) }],
    ['an assertion', { grant: grant('urn:example:g', throwing(new Error(`sign ${SECRET}`))) }],
    [
      'a secret after an assertion',
      {
        grant: grant('urn:example:g', { assertion: SECRET }),
        clientAuthentication: clientSecretBasic('id', throwing(new Error(SECRET))),
      },
    ],
    [
      'a grant that gives nothing',
      { grant: { grantType: 'g', parameters: () => ({ assertion: undefined as unknown as string }) } },
    ],
  ])('may fail, and what they read is not told: %s', async (_, parts) => {
    const error = await failureOf(parts);
    expect(error.retryable).toBe(true);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('may fail, and why is told in plain words', async () => {
    const failure = Object.assign(new Error("ENOENT: no such file, open '/run/x'"), { code: 'ENOENT' });
    const error = await failureOf({ clientAuthentication: clientSecretBasic('id', throwing(failure)) });
    expect(error.cause).toMatchObject({ message: 'ENOENT: no such file, open …', code: 'ENOENT' });
    expect((error.cause as Error).stack).toContain('token-endpoint.credentials.test.ts');
  });

  it('are asked again for every attempt', async () => {
    const assertion = jest.fn(() => ({ assertion: `a-${assertion.mock.calls.length}` }));
    const parts = { grant: grant('urn:example:g', assertion), clientAuthentication: none('id') };
    const [first, second] = [await prepare(parts), await prepare(parts)];
    expect([first.body, second.body].map((body) => new URLSearchParams(body).get('assertion'))).toEqual(['a-1', 'a-2']);
  });
});
