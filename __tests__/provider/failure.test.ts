import { describe, expect, it } from '@jest/globals';
import type { TokenAcquisitionError } from '../../src/errors/token-acquisition-error.ts';
import { clientSecretJwt } from '../../src/protocol/client-assertion.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import { tick } from '../fakes/fake-clock.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const SECOND = 1_000;

async function failureOf(promise: Promise<unknown>): Promise<TokenAcquisitionError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error as TokenAcquisitionError,
  );
}

describe('a failure for a passing reason, with no token at hand', () => {
  it.each([
    ['a broken connection', undefined],
    ['408', 408],
    ['429', 429],
    ['500', 500],
    ['503', 503],
  ])('%s is tried again within the flight', async (_case, status) => {
    const { provider, endpoint, clock, count } = providerUnderTest();
    endpoint.reaction = (request, number) => {
      if (number === 3) request.grant('token-3', 600);
      else if (status === undefined) request.fail();
      else request.answer(status, {});
    };
    expect((await clock.settle(provider.getToken())).value).toBe('token-3');
    expect(count('refresh-retried')).toBe(2);
    expect(count('refresh-failed')).toBe(0);
  });

  it('waits with full jitter below a doubling ceiling between attempts', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest({ random: () => 0.999 });
    endpoint.answerAll(503, {});
    const failure = failureOf(provider.getToken());
    await clock.advance(10 * SECOND);
    await failure;
    const delays = events.flatMap((event) => (event.type === 'refresh-retried' ? [Math.round(event.delayMs)] : []));
    expect(delays).toEqual([500, 999, 1_998]);
    expect(endpoint.requests).toHaveLength(4);
  });

  it('honours Retry-After between attempts', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest();
    endpoint.reaction = (request, number) =>
      number === 1 ? request.answer(503, {}, { 'retry-after': '7' }) : request.grant('token-2', 600);
    const caller = provider.getToken();
    await clock.advance(6_999);
    expect(endpoint.requests).toHaveLength(1);
    await clock.advance(1);
    expect((await caller).value).toBe('token-2');
    expect(events.find(({ type }) => type === 'refresh-retried')).toMatchObject({ delayMs: 7_000, attempt: 1 });
  });

  it('takes a Retry-After of nothing for no leave to ask at once', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest({ retry: { retries: 1 } });
    endpoint.answerAll(503, {}, { 'retry-after': '0' });
    const refused = expect(provider.getToken()).rejects.toMatchObject({ retryAfterMs: 0 });
    await clock.advance(500);
    await refused;
    expect(events.find(({ type }) => type === 'refresh-retried')).toMatchObject({ delayMs: 500 });
  });

  it('gives up at once when Retry-After is beyond the total limit, and cools down that long', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.answerAll(429, {}, { 'retry-after': '120' });
    const failure = await failureOf(provider.getToken());
    expect(failure).toMatchObject({ status: 429, retryAfterMs: 120_000 });
    await clock.advance(120 * SECOND - 1);
    expect(await failureOf(provider.getToken())).toBe(failure);
    expect(endpoint.requests).toHaveLength(1);
    endpoint.grantAll(600);
    await clock.advance(1);
    expect((await provider.getToken()).value).toBe('token-2');
  });

  it.each([
    ['a very long one is capped at an hour', '999999999', 3_600_000],
    ['zero is no reason for a request per call', '0', 500],
  ])('Retry-After: %s', async (_case, value, pauseMs) => {
    const { provider, endpoint, events, clock } = providerUnderTest({ retry: { retries: 0 } });
    endpoint.answerAll(503, {}, { 'retry-after': value });
    await failureOf(clock.settle(provider.getToken()));
    expect(events.at(-1)).toMatchObject({ type: 'refresh-failed', pauseMs });
  });

  it('ends after timeoutMs in all, whatever is under way, keeping the last failure as cause', async () => {
    const { provider, endpoint, clock } = providerUnderTest({ timeoutMs: 3_000, random: () => 0.5 });
    endpoint.reaction = (request, number) => {
      if (number === 1) request.answer(503, {}); // the second hangs
    };
    const failure = failureOf(provider.getToken());
    await clock.advance(3_000);
    expect(await failure).toMatchObject({
      code: 'ERR_TOKENFLIGHT_TIMEOUT',
      timeoutMs: 3_000,
      retryable: true,
      cause: expect.objectContaining({ status: 503 }),
    });
    expect(endpoint.last.signal.aborted).toBe(true);
    expect(clock.pending).toHaveLength(0);
  });

  it('an attempt that hangs is cut off after attemptTimeoutMs and tried again', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.reaction = (request, number) => {
      if (number === 2) request.grant('token-2', 600);
    };
    const caller = provider.getToken();
    await clock.advance(10 * SECOND);
    expect((await clock.settle(caller)).value).toBe('token-2');
    expect(endpoint.requests[0]?.signal.aborted).toBe(true);
  });

  it('a transport that ignores its signal cannot hold a caller either', async () => {
    const { provider, clock } = providerUnderTest({
      transport: () => new Promise(() => {}),
      retry: { retries: 0 },
    });
    const failure = failureOf(provider.getToken());
    await clock.advance(10 * SECOND);
    expect(await failure).toMatchObject({ code: 'ERR_TOKENFLIGHT_TIMEOUT', timeoutMs: 10_000 });
  });
});

describe('a final failure', () => {
  it.each(['invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'])(
    '%s is not tried again',
    async (error) => {
      const { provider, endpoint, clock, count } = providerUnderTest();
      endpoint.answerAll(400, { error });
      expect(await failureOf(clock.settle(provider.getToken()))).toMatchObject({ error, retryable: false });
      expect(endpoint.requests).toHaveLength(1);
      expect(count('refresh-retried')).toBe(0);
    },
  );

  it('is remembered for 1 to 5 s, growing to 30', async () => {
    for (const [drawn, expected] of [
      [0, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
      [1, [5_000, 10_000, 20_000, 30_000, 30_000, 30_000, 30_000]],
    ] as const) {
      const { provider, endpoint, clock, next } = providerUnderTest({ random: () => drawn });
      endpoint.answerAll(401, { error: 'invalid_client' });
      const pauses: number[] = [];
      while (pauses.length < 7) {
        const failed = next('refresh-failed');
        await failureOf(provider.getToken());
        pauses.push((await failed).pauseMs);
        await clock.advance(pauses.at(-1) ?? 0);
      }
      expect(pauses).toEqual(expected);
    }
  });
});

describe('an option that shows only in an attempt that it will not do', () => {
  it.each([undefined, memoryStore()])('ends the flight at once, as what it is, and nothing is sent', async (store) => {
    const { provider, endpoint, clock, count, next } = providerUnderTest({
      clientId: undefined,
      clientSecret: undefined,
      clientAuthentication: clientSecretJwt('app', 'a-secret-of-thirty-two-characters', { audience: 'issuer' }),
      store,
    } as never);
    const failed = next('refresh-failed');
    const error = await failureOf(clock.settle(provider.getToken()));
    expect(error).toMatchObject({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option: 'audience', retryable: false });
    expect((await failed).error).toBe(error);
    expect([endpoint.requests.length, count('refresh-retried')]).toEqual([0, 0]);
    expect(await failureOf(clock.settle(provider.getToken()))).toBe(error); // while the cool-down runs
  });
});

describe('the cool-down after a failure', () => {
  it('answers at once with the very same error and its age, without a request, then lets one flight try', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest({ retry: { retries: 0 } });
    endpoint.answerAll(503, { error: 'temporarily_unavailable' });
    const failure = await failureOf(clock.settle(provider.getToken()));
    expect(failure.ageMs).toBe(0);
    await clock.advance(249); // equal jitter with a draw of 0: half of 500
    expect(await failureOf(provider.getToken())).toBe(failure);
    expect(failure.ageMs).toBe(249);
    expect(events.at(-1)).toMatchObject({ type: 'cool-down', error: failure, remainingMs: 1 });
    expect(endpoint.requests).toHaveLength(1);
    await clock.advance(1);
    endpoint.grantAll(600);
    expect((await provider.getToken()).value).toBe('token-2');
  });

  it('grows from 0.5 s to 30 s while it goes on failing', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest({ retry: { retries: 0 }, random: () => 1 });
    endpoint.answerAll(503, {});
    const pauses: number[] = [];
    while (pauses.length < 8) {
      const failed = next('refresh-failed');
      await failureOf(clock.settle(provider.getToken()));
      pauses.push((await failed).pauseMs);
      await clock.advance(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('is cleared by the first success and begins afresh after it', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest({ retry: { retries: 0 }, random: () => 1 });
    for (let round = 0; round < 2; round++) {
      endpoint.answerAll(503, {});
      const failed = next('refresh-failed');
      await failureOf(clock.settle(provider.getToken()));
      expect((await failed).pauseMs).toBe(500);
      await clock.advance(500);
      endpoint.grantAll(10);
      await provider.getToken();
      await clock.advance(10 * SECOND);
    }
  });

  it('of one token does not touch another', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.reaction = (request, number) =>
      request.form.get('scope') === 'bad'
        ? request.answer(400, { error: 'invalid_scope' })
        : request.grant(`token-${number}`, 600);
    await failureOf(clock.settle(provider.getToken({ scope: 'bad' })));
    expect((await provider.getToken({ scope: 'good' })).value).toBe('token-2');
  });

  it('does not poison the provider: a thousand calls during it are a thousand errors and no request', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.answerAll(401, { error: 'invalid_client' });
    await failureOf(clock.settle(provider.getToken()));
    const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => provider.getToken()));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('with Retry-After learnt behind a valid token also binds those who come after its end', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(400 * SECOND);
    endpoint.answerAll(503, {}, { 'retry-after': '600' });
    const failed = next('refresh-failed');
    await provider.getToken();
    await failed;
    await clock.advance(200 * SECOND);
    await expect(provider.getToken()).rejects.toMatchObject({ status: 503 });
    expect(endpoint.requests).toHaveLength(2);
  });
});

describe('a refresh behind that fails', () => {
  it('is an event and nothing else: no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    try {
      const { provider, endpoint, clock, next } = providerUnderTest();
      endpoint.grantAll(600);
      await provider.getToken();
      await clock.advance(300 * SECOND);
      endpoint.reaction = (request) => request.fail(new Error('connect ECONNREFUSED'));
      const failed = next('refresh-failed');
      provider.peek();
      expect((await failed).error).toMatchObject({ code: 'ERR_TOKENFLIGHT_UNREACHABLE' });
      await tick();
      await tick();
    } finally {
      process.off('unhandledRejection', listener);
    }
    expect(unhandled).toEqual([]);
  });

  it('goes on trying within its flight once a caller has no token any more', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(20);
    await provider.getToken();
    await clock.advance(12 * SECOND);
    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    await provider.getToken(); // begins a refresh behind, which hangs
    const request = await arrival;
    await clock.advance(8 * SECOND);
    const caller = provider.getToken(); // the token is over: this one waits for that flight
    endpoint.grantAll(600);
    request.answer(503, {});
    expect((await clock.settle(caller)).value).toBe('token-3');
  });
});

it('a wait that would take all the time there is left is not begun', async () => {
  const { provider, endpoint, clock } = providerUnderTest({ timeoutMs: 7_000 });
  endpoint.answerAll(503, {}, { 'retry-after': '7' });
  const failure = failureOf(provider.getToken());
  await clock.advance(0);
  expect(await failure).toMatchObject({ status: 503, ageMs: 0 });
});

it('a time that ran out is told with its age', async () => {
  const { provider, clock } = providerUnderTest({ retry: { retries: 0 }, attemptTimeoutMs: 1_000 });
  const failure = failureOf(provider.getToken());
  await clock.advance(1_250);
  expect(await failure).toMatchObject({ code: 'ERR_TOKENFLIGHT_TIMEOUT', ageMs: 250 });
});

it('a token that was over when it came is told as such, with its status and age', async () => {
  const { provider, endpoint, clock } = providerUnderTest({ retry: { retries: 0 } });
  const caller = failureOf(provider.getToken());
  await clock.advance(2_000);
  endpoint.last.grant('late', 1);
  const failure = await caller;
  await clock.advance(100);
  expect(failure).toMatchObject({ code: 'ERR_TOKENFLIGHT_RESPONSE', status: 200, ageMs: 100, retryable: true });
  expect(failure.message).toContain('a token that expired on its way');
});
