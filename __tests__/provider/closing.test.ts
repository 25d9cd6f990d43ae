import { describe, expect, it, jest } from '@jest/globals';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const closed = { code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' };

describe('a closed provider', () => {
  it('rejects all who wait, aborts their request and leaves no timer', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const callers = [provider.getToken(), provider.getToken(undefined, { signal: new AbortController().signal })];
    const outcomes = Promise.allSettled(callers);
    const request = await arrival;
    await provider.close();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: closed });
    expect(request.signal.aborted).toBe(true);
    expect(clock.pending).toEqual([]);
  });

  it('rejects who waits between two attempts', async () => {
    const { provider, endpoint, clock } = providerUnderTest({ random: () => 0.5 });
    endpoint.answerAll(503, {});
    const caller = provider.getToken().catch((error: unknown) => error);
    await clock.advance(0);
    expect(clock.pending.some(({ keepAlive }) => keepAlive)).toBe(true);
    await provider.close();
    expect(await caller).toMatchObject(closed);
    expect(clock.pending).toEqual([]);
  });

  it('refuses further calls and has nothing to peek at', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const token = await provider.getToken();
    await provider.close();
    await expect(provider.getToken()).rejects.toMatchObject(closed);
    expect(provider.peek()).toBeUndefined();
    expect(await provider.invalidate(token)).toBe(false);
  });

  it('may be closed twice, and is closed by `await using`', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    {
      await using scoped = provider;
      await scoped.getToken();
    }
    await expect(provider.getToken()).rejects.toMatchObject(closed);
    await provider.close();
  });

  it('does not tell of its own closing as of a failed refresh', async () => {
    const { provider, endpoint, count } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const caller = provider.getToken().catch(() => {});
    await arrival;
    await provider.close();
    await caller;
    expect(count('refresh-failed')).toBe(0);
  });

  it('throws away a token that arrives afterwards', async () => {
    let answer = (_response: Response): void => {};
    const { provider } = providerUnderTest({ transport: () => new Promise((resolve) => (answer = resolve)) });
    const caller = provider.getToken().catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    await provider.close();
    answer(new Response(JSON.stringify({ access_token: 'late', expires_in: 600 })));
    expect(await caller).toMatchObject(closed);
    expect(provider.peek()).toBeUndefined();
  });
});

it('a token whose id is being made when the provider closes reaches nobody', async () => {
  const { provider, endpoint, clock } = providerUnderTest();
  endpoint.grantAll(600);
  let finish = (): void => {};
  const digest = crypto.subtle.digest.bind(crypto.subtle);
  const slow = jest.spyOn(crypto.subtle, 'digest').mockImplementation(async (...given) => {
    await new Promise<void>((resolve) => (finish = resolve));
    return digest(...given);
  });
  try {
    const caller = provider.getToken().catch((error: unknown) => error);
    await clock.advance(0);
    expect(slow).toHaveBeenCalled();
    await provider.close();
    finish();
    expect(await caller).toMatchObject(closed);
  } finally {
    slow.mockRestore();
  }
});

it('a provider with a subject has nothing to peek at, open or closed', async () => {
  const subject = () => ({ digest: 'user', parameters: {} });
  const { provider, endpoint } = providerUnderTest({ grant: { grantType: 'g', subject } });
  endpoint.grantAll(600);
  await provider.getToken();
  expect(provider.peek()).toBeUndefined();
  await provider.close();
  expect(provider.peek()).toBeUndefined();
});
