import { describe, expect, it } from '@jest/globals';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe('two clocks', () => {
  it('the wall clock set back 10 minutes does not lengthen a token', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    clock.stepWall(-10 * MINUTE);
    await clock.advance(600 * SECOND);
    expect(provider.peek()).toBeUndefined();
  });

  it('the wall clock set forward 10 minutes ends a 10 minute token, at the price of one request', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    clock.stepWall(10 * MINUTE);
    expect(provider.peek()).toBeUndefined();
    expect((await provider.getToken()).value).toBe('token-2');
    expect((await provider.getToken()).value).toBe('token-2');
    expect(endpoint.requests).toHaveLength(2);
  });

  it('a step forward and back again leaves the token as it was', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(3_600);
    const token = await provider.getToken();
    clock.stepWall(10 * MINUTE);
    clock.stepWall(-10 * MINUTE);
    expect(provider.peek()).toBe(token);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('a machine that slept past the end of a token does not use it, although its monotonic clock stood still', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    clock.suspend(601 * SECOND);
    expect(provider.peek()).toBeUndefined();
    expect((await provider.getToken()).value).toBe('token-2');
  });

  it('a machine that fell asleep during the token request asks again if the token is over when it arrives', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const caller = provider.getToken();
    const request = await arrival;
    clock.suspend(601 * SECOND);
    endpoint.grantAll(600);
    request.grant('token-1', 600);
    expect((await clock.settle(caller)).value).toBe('token-2');
  });

  it.each([-10, 10])("a server whose Date is %i minutes off has no effect on a token's life", async (minutes) => {
    const { provider, endpoint, clock } = providerUnderTest();
    const date = new Date(clock.wallMs() + minutes * MINUTE).toUTCString();
    endpoint.reaction = (request, number) =>
      request.answer(200, { access_token: `token-${number}`, expires_in: 600 }, { date });
    const token = await provider.getToken();
    expect(token.expiresAt.getTime()).toBe(clock.wallMs() + 600 * SECOND);
    await clock.advance(299 * SECOND);
    await provider.getToken();
    expect(endpoint.requests).toHaveLength(1);
  });

  it('a cool-down is measured by the monotonic clock: a step of the wall clock neither ends nor lengthens it', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.answerAll(400, { error: 'invalid_grant' });
    const failure = await clock.settle(provider.getToken()).catch((error: unknown) => error);
    clock.stepWall(10 * MINUTE);
    await expect(provider.getToken()).rejects.toBe(failure);
    clock.stepWall(-20 * MINUTE);
    await clock.advance(SECOND);
    endpoint.grantAll(600);
    expect((await provider.getToken()).value).toBe('token-2');
  });
});

describe('the jitter of the refresh', () => {
  it('is drawn once per token, not at each call', async () => {
    let draws = 0;
    const { provider, endpoint, clock } = providerUnderTest({
      random: () => {
        draws++;
        return 0.5;
      },
    });
    endpoint.grantAll(600);
    await provider.getToken();
    const drawn = draws;
    for (let call = 0; call < 100; call++) {
      await clock.advance(2_699);
      provider.peek();
    }
    expect(draws).toBe(drawn);
    expect(endpoint.requests).toHaveLength(1);
    await clock.advance(100); // 300 s less half of 10% of 600 s is 270 s
    provider.peek();
    await clock.advance(0);
    expect(endpoint.requests).toHaveLength(2);
  });
});
