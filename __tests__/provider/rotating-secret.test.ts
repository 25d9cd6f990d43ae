import { describe, expect, it } from '@jest/globals';
import { clientSecretPost } from '../../src/protocol/client-authentication.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

/** A token endpoint that knows one secret at a time, and a vault that may lag behind. */
function rotation(options: { clientAuthentication?: true } = {}) {
  let known = 'secret-one';
  const vault = { secret: 'secret-one', reads: 0 };
  const read = async (): Promise<string> => {
    vault.reads++;
    return vault.secret;
  };
  const test = providerUnderTest(
    options.clientAuthentication
      ? { clientId: undefined, clientSecret: undefined, clientAuthentication: clientSecretPost('client', read) }
      : { clientSecret: read },
  );
  test.endpoint.reaction = (request, number) => {
    const basic = request.headers.get('authorization');
    const given = basic === null ? request.form.get('client_secret') : atob(basic.slice(6)).split(':')[1];
    if (decodeURIComponent(given ?? '') === known) request.grant(`token-${number}`, 600);
    else request.answer(401, { error: 'invalid_client' });
  };
  return { ...test, vault, rotate: (secret: string) => (known = secret) };
}

describe('a client secret that is a function', () => {
  it('is read for each flight', async () => {
    const { provider, vault } = rotation();
    await provider.getToken();
    await provider.getToken({ scope: 'a' });
    expect(vault.reads).toBe(2);
  });

  it.each([{}, { clientAuthentication: true as const }])(
    'is read again after invalid_client, so that no call is lost when it rotates meanwhile (%j)',
    async (options) => {
      const { provider, vault, rotate, endpoint, count } = rotation(options);
      // The vault changes between the first reading and the second: the server already has the new secret.
      rotate('secret-two');
      const { transport } = endpoint;
      endpoint.requests.length = 0;
      const original = endpoint.reaction;
      endpoint.reaction = (request, number) => {
        vault.secret = 'secret-two';
        original(request, number);
      };
      expect(transport).toBe(endpoint.transport);
      expect((await provider.getToken()).value).toBe('token-2');
      expect(vault.reads).toBe(2);
      expect(count('credential-reread')).toBe(1);
      expect(count('refresh-failed')).toBe(0);
    },
  );

  it('that has not changed is not sent a second time: it would only count as another failed login', async () => {
    const { provider, rotate, endpoint, vault } = rotation();
    rotate('secret-two');
    await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_client' });
    expect(vault.reads).toBe(2);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('that fails when it is read again leaves the refusal as it is, which is final', async () => {
    let reads = 0;
    const clientSecret = (): string => {
      if (++reads % 2 === 0) throw new Error('the vault is sealed');
      return `secret-${reads}`;
    };
    const { provider, endpoint, clock } = providerUnderTest({ clientSecret });
    endpoint.answerAll(401, { error: 'invalid_client' });
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({
      error: 'invalid_client',
      retryable: false,
    });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is read again once only within a flight', async () => {
    let reads = 0;
    const { provider, endpoint } = providerUnderTest({ clientSecret: () => `secret-${++reads}` });
    endpoint.answerAll(401, { error: 'invalid_client' });
    await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_client' });
    expect([reads, endpoint.requests.length]).toEqual([2, 2]);
  });

  it('recovers without restart when the vault catches up later', async () => {
    const { provider, rotate, vault, clock } = rotation();
    rotate('secret-two');
    await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_client' });
    vault.secret = 'secret-two';
    await clock.advance(1_000);
    expect((await provider.getToken()).value).toBe('token-2');
  });

  it('that fails is told apart from a server that fails, tried again, and never quoted', async () => {
    let reads = 0;
    const { provider, endpoint, clock, events } = providerUnderTest({
      clientSecret: async () => {
        if (++reads === 1) throw new Error('vault sealed');
        return 'secret-one';
      },
    });
    endpoint.grantAll(600);
    expect((await clock.settle(provider.getToken())).value).toBe('token-1');
    expect(events.find(({ type }) => type === 'refresh-retried')).toMatchObject({
      error: { code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE', cause: { message: 'vault sealed' } },
    });
  });

  it('that fails while a valid token is cached is noticed by nobody', async () => {
    let isSealed = false;
    const { provider, endpoint, clock, next } = providerUnderTest({
      clientSecret: async () => {
        if (isSealed) throw new Error('vault sealed');
        return 'secret-one';
      },
    });
    endpoint.grantAll(600);
    await provider.getToken();
    isSealed = true;
    await clock.advance(300_000);
    const failed = next('refresh-failed');
    expect((await provider.getToken()).value).toBe('token-1');
    expect(await failed).toMatchObject({ served: true, error: { code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE' } });
  });

  it.each([undefined, 7, ''])('that gives %p is such a failure too', async (value) => {
    const { provider, clock } = providerUnderTest({ clientSecret: (() => value) as never, retry: { retries: 0 } });
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE',
    });
  });

  it('that never comes cannot hold a caller', async () => {
    const { provider, clock } = providerUnderTest({ clientSecret: () => new Promise(() => {}), retry: { retries: 0 } });
    const failure = provider.getToken().catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(await failure).toMatchObject({ code: 'ERR_TOKENFLIGHT_TIMEOUT' });
  });
});

it('a secret is read again only where the server did not know the client', async () => {
  let reads = 0;
  const { provider, endpoint } = providerUnderTest({ clientSecret: () => `secret-${++reads}` });
  endpoint.answerAll(400, { error: 'invalid_scope' });
  await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_scope' });
  expect([reads, endpoint.requests.length]).toEqual([1, 1]);
});
