import { describe, expect, it } from '@jest/globals';
import { tick } from '../fakes/fake-clock.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe('a token that is fresh', () => {
  it('is served without asking the token endpoint', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    const first = await provider.getToken();
    await clock.advance(299 * SECOND); // the window of a 600 s token begins at 300 s
    expect(await provider.getToken()).toBe(first);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is handed out as one and the same promise, without one being made per call', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    expect(provider.getToken()).toBe(provider.getToken());
  });

  it('is had by peek without a promise', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    expect(provider.peek()).toBeUndefined();
    await tick();
    expect(endpoint.requests).toHaveLength(0);
    const token = await provider.getToken();
    expect(provider.peek()).toBe(token);
  });
});

describe('a token that is stale', () => {
  it('is served at once from the very edge of its window on, while one refresh runs behind', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(300 * SECOND);
    endpoint.reaction = () => {}; // the refresh hangs
    for (let call = 0; call < 5; call++) expect((await provider.getToken()).value).toBe('token-1');
    await tick();
    expect(endpoint.requests).toHaveLength(2);
    const landed = next('refresh-succeeded');
    endpoint.last.grant('token-2', 600);
    await landed;
    expect((await provider.getToken()).value).toBe('token-2');
  });

  it('is refreshed behind by peek too', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(300 * SECOND);
    const landed = next('refresh-succeeded');
    expect(provider.peek()?.value).toBe('token-1');
    await landed;
    expect(provider.peek()?.value).toBe('token-2');
  });

  it.each([
    ['a server that is down', 503, { error: 'temporarily_unavailable' }],
    ['a final refusal', 401, { error: 'invalid_client' }],
    ['an answer that has already expired', 200, { access_token: 'x', expires_in: 0 }],
    ['an answer without a token', 200, {}],
    ['a malformed lifetime', 200, { access_token: 'x', expires_in: 'soon' }],
  ])('is served through %s; the refresh pauses, then is tried again', async (_case, status, body) => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(300 * SECOND);
    endpoint.answerAll(status, body);
    const failed = next('refresh-failed');
    expect((await provider.getToken()).value).toBe('token-1');
    expect(await failed).toMatchObject({ served: true, reason: 'stale', pauseMs: 1_000 });
    await clock.advance(999);
    expect((await provider.getToken()).value).toBe('token-1');
    await tick();
    expect(endpoint.requests).toHaveLength(2);
    await clock.advance(1);
    endpoint.grantAll(600);
    const landed = next('refresh-succeeded');
    expect((await provider.getToken()).value).toBe('token-1');
    await landed;
    expect((await provider.getToken()).value).toBe('token-3');
  });

  it('is not retried within its flight: the next attempt behind is the next flight', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(300 * SECOND);
    endpoint.answerAll(503, {});
    const failed = next('refresh-failed');
    await provider.getToken();
    await failed;
    await clock.advance(0);
    expect(endpoint.requests).toHaveLength(2);
    expect(clock.pending).toHaveLength(0);
  });

  it('backs off further with each failure, up to a quarter of what is left and never under a second', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest({ random: () => 1, refreshJitter: 0 });
    endpoint.grantAll(3_600); // window: 720 s before the end
    await provider.getToken();
    await clock.advance(2_880 * SECOND);
    endpoint.answerAll(503, {});
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const failed = next('refresh-failed');
      await provider.getToken();
      const { pauseMs } = await failed;
      pauses.push(pauseMs);
      await clock.advance(pauseMs);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    await clock.advance(599 * SECOND); // 30 s left of the lifetime: in the margin, so nothing is stale any more
  });

  it('starts its pauses afresh after a success', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest({ random: () => 1, refreshJitter: 0 });
    endpoint.grantAll(3_600);
    await provider.getToken();
    for (const expected of [1_000, 1_000]) {
      await clock.advance(2_880 * SECOND);
      endpoint.answerAll(503, {});
      const failed = next('refresh-failed');
      await provider.getToken();
      const { pauseMs } = await failed;
      expect(pauseMs).toBe(expected);
      await clock.advance(pauseMs);
      endpoint.grantAll(3_600);
      const landed = next('refresh-succeeded');
      await provider.getToken();
      await landed;
    }
  });

  it('is refreshed behind no more often than the spacing allows when tokens are born stale', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.reaction = (request, number) => request.grant(`token-${number}`, 3_600, { refresh_in: 0.001 });
    await provider.getToken();
    const refreshed = next('refresh-succeeded');
    for (let second = 0; second < 36; second++) {
      await clock.advance(SECOND);
      await provider.getToken();
      await tick();
    }
    expect(endpoint.requests).toHaveLength(2); // 1% of 3,600 s
    await refreshed;
  });
});

describe('a token that is expired', () => {
  it('makes callers wait for one refresh, and is never handed out', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(600 * SECOND);
    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    const callers = Array.from({ length: 5 }, () => provider.getToken());
    (await arrival).grant('token-2', 600);
    const tokens = await Promise.all(callers);
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(['token-2']));
    expect(endpoint.requests).toHaveLength(2);
  });

  it('is given up before its end: 10% of its life, at least 1 s, at most 60 s', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    endpoint.reaction = () => {};
    await clock.advance(540 * SECOND - 1);
    expect(provider.peek()?.value).toBe('token-1');
    await clock.advance(1);
    expect(provider.peek()).toBeUndefined();
  });

  it('gets windows of its own lifetime when a long one is followed by a short one', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.reaction = (request, number) => request.grant(`token-${number}`, number === 1 ? 6 * 3_600 : 600);
    await provider.getToken();
    await clock.advance(5 * 3_600 * SECOND);
    let landed = next('refresh-succeeded');
    await provider.getToken();
    await landed;
    await clock.advance(299 * SECOND);
    await provider.getToken();
    await tick();
    expect(endpoint.requests).toHaveLength(2);
    await clock.advance(SECOND);
    landed = next('refresh-succeeded');
    await provider.getToken();
    await landed;
    expect(endpoint.requests).toHaveLength(3);
  });

  it('near its end makes callers wait for a refresh that succeeds, and gives them the new one', async () => {
    const { provider, endpoint, clock, count } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(550 * SECOND); // inside the 60 s margin
    const callers = [provider.getToken(), provider.getToken()];
    expect((await Promise.all(callers)).map(({ value }) => value)).toEqual(['token-2', 'token-2']);
    expect([endpoint.requests.length, count('hit')]).toEqual([2, 0]);
  });

  it('near its end is not replaced by an answer that has already expired', async () => {
    const { provider, endpoint, clock, count } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(550 * SECOND);
    endpoint.grantAll(0);
    expect((await provider.getToken()).value).toBe('token-1');
    expect(count('refresh-failed')).toBe(1);
  });

  it('near its end, with a refresh that fails, still serves rather than fails', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(550 * SECOND); // inside the 60 s margin
    endpoint.answerAll(503, {});
    expect((await provider.getToken()).value).toBe('token-1');
    expect((await provider.getToken()).value).toBe('token-1'); // during the pause: at once
    expect(endpoint.requests).toHaveLength(2);
    await clock.advance(50 * SECOND);
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_REQUEST_REJECTED' });
  });

  it('near its end, with a refresh that hangs, is served after 2 s of patience', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(550 * SECOND);
    endpoint.reaction = () => {};
    const caller = provider.getToken();
    await clock.advance(SECOND);
    const another = provider.getToken();
    await clock.advance(SECOND); // not two for each of them
    expect(await Promise.all([caller, another])).toMatchObject([{ value: 'token-1' }, { value: 'token-1' }]);
    const hit = { type: 'hit', state: 'expired' };
    expect(events.slice(-2)).toMatchObject([hit, hit]);
    expect((await provider.getToken()).value).toBe('token-1'); // from then on at once
    expect(endpoint.requests).toHaveLength(2);
    expect(events.at(-1)).toMatchObject(hit);
  });

  it('near its end, once a refresh has failed, is served at once while the next one hangs', async () => {
    const { provider, endpoint, clock, events, next } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(550 * SECOND);
    endpoint.answerAll(503, {});
    await provider.getToken();
    endpoint.reaction = () => {};
    await clock.advance(5 * SECOND);
    const callers = [provider.getToken(), provider.getToken()]; // the pause is over: the first begins a refresh
    expect(await Promise.all(callers)).toMatchObject([{ value: 'token-1' }, { value: 'token-1' }]);
    await tick();
    expect(endpoint.requests).toHaveLength(3);
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['refresh-started', 'hit', 'hit']);
    const landed = next('refresh-succeeded');
    endpoint.last.grant('token-3', 600);
    await landed;
    expect((await provider.getToken()).value).toBe('token-3');
  });
});

describe('lifetimes', () => {
  it.each([
    ['a missing expires_in', undefined, 5 * MINUTE],
    ['a string', '120', 2 * MINUTE],
    ['a float', 1.5, 1_500],
    ['an absurdly long one', 1e12, 365 * 24 * 60 * MINUTE],
  ])('%s counts as stated', async (_case, expiresIn, lifetimeMs) => {
    const { provider, endpoint, next } = providerUnderTest();
    endpoint.grantAll(expiresIn);
    const landed = next('refresh-succeeded');
    await provider.getToken();
    expect((await landed).lifetimeMs).toBe(lifetimeMs);
  });

  it('count from when the request was sent, not from when the answer came', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const caller = provider.getToken();
    const request = await arrival;
    const sentAtMs = clock.wallMs();
    await clock.advance(8 * SECOND);
    request.grant('token-1', 600);
    expect((await caller).expiresAt.getTime()).toBe(sentAtMs + 600 * SECOND);
  });

  it('that ended on the way are a failed attempt, tried again', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const caller = provider.getToken();
    const request = await arrival;
    await clock.advance(5 * SECOND);
    endpoint.grantAll(600);
    request.grant('too-late', 5);
    expect((await clock.settle(caller)).value).toBe('token-2');
  });

  it.each([1, 2, 5, 20, 60])(
    'of %i s have a phase in which nobody waits and a refresh runs behind',
    async (seconds) => {
      const { provider, endpoint, clock, next } = providerUnderTest();
      endpoint.grantAll(seconds);
      await provider.getToken();
      for (let refresh = 2; refresh < 6; refresh++) {
        const landed = next('refresh-succeeded');
        for (let step = 0; endpoint.requests.length < refresh; step++) {
          if (step > 1_000) throw new Error('never refreshed behind');
          await clock.advance((seconds * SECOND) / 100);
          expect(provider.peek()).toBeDefined();
          await tick();
        }
        await landed;
      }
    },
  );
});
