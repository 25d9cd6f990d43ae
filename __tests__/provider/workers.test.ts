import { describe, expect, it, jest } from '@jest/globals';
import { refreshToken } from '../../src/protocol/refresh-token.ts';
import type { TokenProviderOptions } from '../../src/provider/provider-options.ts';
import { perRequest } from '../../src/provider/workers.ts';
import { FakeClock, tick } from '../fakes/fake-clock.ts';
import { MortalClock } from '../fakes/mortal-clock.ts';
import { type ProviderUnderTest, providerUnderTest } from '../fakes/provider-under-test.ts';

const SECOND = 1_000;

interface Worker extends ProviderUnderTest {
  readonly clock: MortalClock;
  readonly kept: Promise<unknown>[];
}

function worker(options: Partial<TokenProviderOptions> = {}): Worker {
  const clock = new MortalClock();
  const kept: Promise<unknown>[] = [];
  const flights = perRequest({ waitUntil: (promise) => void kept.push(promise) });
  return { ...providerUnderTest({ clock, flights, ...options }), clock, kept };
}

/** The timers of an isolate that computes for so long that none of them runs. */
class BusyClock extends FakeClock {
  isBusy = false;
  readonly #due: (() => void)[] = [];

  override schedule(callback: () => void, delayMs: number): () => void {
    let isCancelled = false;
    const run = (): void => (isCancelled ? undefined : callback());
    const cancel = super.schedule(() => (this.isBusy ? this.#due.push(run) : run()), delayMs);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  async catchUp(): Promise<void> {
    this.isBusy = false;
    for (const run of this.#due.splice(0)) {
      run();
      await tick();
    }
  }
}

/** Lets time pass until it settles. */
async function inTime<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const note = (): void => {
    isSettled = true;
  };
  promise.then(note, note);
  for (let round = 0; !isSettled; round++) {
    if (round === 1_000) throw new Error('it does not settle');
    await clock.advance(20);
    await crypto.subtle.digest('SHA-256', new Uint8Array(1)); // a token's id is made elsewhere: no sooner than this one
  }
  return promise;
}

describe('flights per request', () => {
  it('are one for all who come while it is on its way', async () => {
    const { provider, endpoint, clock } = worker();
    const arrival = endpoint.nextRequest();
    const calls = [provider.getToken(), provider.getToken()];
    const request = await arrival;
    calls.push(provider.getToken());
    await clock.advance(300);
    request.grant('token-1', 600);
    const tokens = await inTime(clock, Promise.all(calls));
    expect(new Set(tokens).size).toBe(1);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('tell all who wait of their failure', async () => {
    const { provider, endpoint, clock } = worker();
    const arrival = endpoint.nextRequest();
    const calls = [provider.getToken()];
    const request = await arrival;
    calls.push(provider.getToken());
    request.answer(400, { error: 'invalid_grant' });
    for (const outcome of await inTime(clock, Promise.allSettled(calls)))
      expect(outcome).toMatchObject({ reason: { error: 'invalid_grant' } });
  });

  it('leave hits as they are: one promise, resolved', async () => {
    const { provider, endpoint } = worker();
    endpoint.grantAll(600);
    await provider.getToken();
    expect(provider.getToken()).toBe(provider.getToken());
    expect(provider.peek()?.value).toBe('token-1');
  });

  it('are begun again by who waits, when one has been silent for a second', async () => {
    const { provider, endpoint, clock } = worker();
    const arrival = endpoint.nextRequest();
    void provider.getToken();
    await arrival;
    clock.endRequests();
    const waiting = [provider.getToken(), provider.getToken()];
    const second = endpoint.nextRequest();
    await clock.advance(900);
    expect(endpoint.requests).toHaveLength(1);
    await clock.advance(300);
    (await second).grant('token-2', 600);
    expect((await inTime(clock, Promise.all(waiting))).map(({ value }) => value)).toEqual(['token-2', 'token-2']);
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each([
    ['who waits', 1_105],
    ['who comes', 1_001],
  ])('are begun again just once, by %s, though that one lands before all have looked', async (who, lostMs) => {
    const { provider, endpoint, clock, next } = worker();
    const arrival = endpoint.nextRequest();
    void provider.getToken();
    await arrival;
    clock.endRequests();
    const waiting = [provider.getToken()]; // looks after 955, 1,055 and 1,155 ms
    await clock.advance(50);
    waiting.push(provider.getToken()); // after 905, 1,005 and 1,105
    const second = endpoint.nextRequest();
    await clock.advance(lostMs - 50);
    if (who === 'who comes') waiting.push(provider.getToken());
    const landed = next('refresh-succeeded');
    (await second).grant('token-2', 600);
    await landed;
    const values = (await inTime(clock, Promise.all(waiting))).map(({ value }) => value);
    expect(new Set(values)).toEqual(new Set(['token-2']));
    expect(endpoint.requests).toHaveLength(2);
  });

  it('that went silent long ago hold nobody up, and disturb nobody when they end late', async () => {
    const { provider, endpoint, clock, next: nextEvent } = worker();
    const arrival = endpoint.nextRequest();
    void provider.getToken();
    await arrival;
    clock.endRequests();
    await clock.advance(10 * SECOND);
    const late = nextEvent('refresh-succeeded');
    const second = endpoint.nextRequest();
    const next = provider.getToken();
    await second;
    endpoint.requests[0]?.grant('token-1', 600);
    await late;
    await tick();
    const third = provider.getToken({}, { forceRefresh: true });
    endpoint.requests[1]?.grant('token-2', 600);
    expect((await inTime(clock, Promise.all([next, third]))).map(({ value }) => value)).toEqual(['token-2', 'token-2']);
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each([
    ['brings a token', false],
    ['brings a token, when the one that came since was rejected', true],
    ['fails', false],
  ])('are no news of a slot that has gone on without them: one that %s', async (name, isRejected) => {
    const { provider, endpoint, clock, count } = worker();
    const first = endpoint.nextRequest();
    const waiting = provider.getToken().catch(() => {});
    const late = await first;
    clock.endRequests();
    await clock.advance(10 * SECOND);
    const arrival = endpoint.nextRequest();
    const second = provider.getToken();
    (await arrival).grant('token-2', 600);
    const newer = await inTime(clock, second);
    if (isRejected) expect(await provider.invalidate(newer)).toBe(true);
    if (name === 'fails') late.answer(400, { error: 'invalid_grant' });
    else late.grant('token-1', 600);
    await inTime(clock, waiting);
    expect(provider.peek()).toBe(isRejected ? undefined : newer);
    expect(count('refresh-failed')).toBe(0);
  });

  it('that end late bring their token where there is none that was asked for later', async () => {
    const { provider, endpoint, clock } = worker({ retry: { retries: 0 } });
    const first = endpoint.nextRequest();
    const waiting = provider.getToken().catch(() => {});
    const late = await first;
    clock.endRequests();
    await clock.advance(10 * SECOND);
    const arrival = endpoint.nextRequest();
    const second = provider.getToken().catch(() => {});
    (await arrival).answer(503, {});
    await inTime(clock, second);
    late.grant('token-1', 600);
    await inTime(clock, waiting);
    expect(provider.peek()?.value).toBe('token-1');
  });

  it('that end late behind a stale token bring the newer one', async () => {
    const { provider, endpoint, clock } = worker();
    endpoint.grantAll(600);
    await inTime(clock, provider.getToken());
    await clock.advance(400 * SECOND);
    endpoint.reaction = () => {};
    const first = endpoint.nextRequest();
    provider.peek();
    const late = await first;
    clock.endRequests();
    await clock.advance(10 * SECOND);
    const arrival = endpoint.nextRequest();
    provider.peek();
    (await arrival).answer(503, {});
    await inTime(clock, tick());
    late.grant('token-2', 600);
    await inTime(clock, tick());
    await inTime(clock, crypto.subtle.digest('SHA-256', new Uint8Array(1)));
    expect(provider.peek()?.value).toBe('token-2');
  });

  it.each([false, true])(
    'that went silent and gave way are begun again once: asked for meanwhile: %j',
    async (isAsked) => {
      const { provider, endpoint, clock } = worker({ maxTokens: 1 });
      const requestsOf = (scope: string): number =>
        endpoint.requests.filter(({ form }) => form.get('scope') === scope).length;
      const first = endpoint.nextRequest();
      void provider.getToken({ scope: 'a' });
      await first;
      clock.endRequests();
      const waiting = provider.getToken({ scope: 'a' }); // looks every tenth of a second
      await clock.advance(1_010);
      const pushing = provider.getToken({ scope: 'b' });
      const calls = isAsked ? [waiting, provider.getToken({ scope: 'a' })] : [waiting];
      await clock.advance(200);
      calls.push(provider.getToken({ scope: 'a' }));
      await clock.advance(1);
      for (const { form, grant } of endpoint.requests.slice(1)) grant(`token-${form.get('scope')}`, 600);
      expect(new Set(await inTime(clock, Promise.all(calls))).size).toBe(1);
      expect((await inTime(clock, pushing)).value).toBe('token-b');
      expect([requestsOf('a'), requestsOf('b')]).toEqual([2, 1]);
    },
  );

  it('that went silent and gave way are not begun again once the provider is closed', async () => {
    const { provider, endpoint, clock } = worker({ maxTokens: 1 });
    void provider.getToken({ scope: 'a' });
    await tick();
    clock.endRequests();
    const waiting = provider.getToken({ scope: 'a' });
    const ended = expect(waiting).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' });
    await clock.advance(1_010);
    void provider.getToken({ scope: 'b' }).catch(() => {});
    await provider.close();
    await clock.advance(200);
    await ended;
    expect(endpoint.requests.map(({ form }) => form.get('scope'))).toEqual(['a']);
  });

  it('that take turns wait for one that is alive, and for one that went silent no longer than for a second', async () => {
    const { provider, endpoint, clock } = worker({ grant: refreshToken({ refreshToken: 'rt' }) });
    const arrival = endpoint.nextRequest();
    void provider.getToken({ scope: 'a' });
    await arrival;
    await clock.advance(3 * SECOND);
    clock.endRequests();
    const waiting = provider.getToken({ scope: 'b' });
    const second = endpoint.nextRequest();
    await clock.advance(900);
    expect(endpoint.requests).toHaveLength(1);
    await clock.advance(300);
    (await second).grant('token-2', 600);
    expect((await inTime(clock, waiting)).value).toBe('token-2');
  });

  it('that take turns do not overlap where the isolate was too busy to run any timer', async () => {
    const clock = new BusyClock();
    const { provider, endpoint } = worker({ clock, grant: refreshToken({ refreshToken: 'rt' }) });
    const arrival = endpoint.nextRequest();
    const calls = [provider.getToken({ scope: 'a' })];
    const first = await arrival;
    calls.push(provider.getToken({ scope: 'b' }));
    await clock.advance(100);
    clock.isBusy = true;
    await clock.advance(1_300);
    await clock.catchUp();
    for (let round = 0; round < 10; round++) await clock.advance(100);
    expect(endpoint.requests).toHaveLength(1);
    const second = endpoint.nextRequest();
    first.grant('token-1', 600);
    for (let round = 0; round < 10; round++) await clock.advance(20);
    (await second).grant('token-2', 600);
    expect((await inTime(clock, Promise.all(calls))).map(({ value }) => value)).toEqual(['token-1', 'token-2']);
  });

  it('that take turns do not overlap, however long one takes', async () => {
    const { provider, endpoint, clock } = worker({ grant: refreshToken({ refreshToken: 'rt' }) });
    const arrival = endpoint.nextRequest();
    const calls = [provider.getToken({ scope: 'a' })];
    const first = await arrival;
    calls.push(provider.getToken({ scope: 'b' }));
    for (let round = 0; round < 50; round++) await clock.advance(100);
    expect(endpoint.requests).toHaveLength(1);
    const second = endpoint.nextRequest();
    first.grant('token-1', 600);
    await inTime(clock, calls[0] as Promise<unknown>);
    for (let round = 0; round < 10; round++) await clock.advance(20);
    (await second).grant('token-2', 600);
    expect((await inTime(clock, Promise.all(calls))).map(({ value }) => value)).toEqual(['token-1', 'token-2']);
  });

  it('behind a stale token are tried again when one went silent', async () => {
    const { provider, endpoint, clock } = worker();
    endpoint.grantAll(600);
    await provider.getToken();
    endpoint.reaction = () => {};
    await clock.advance(400 * SECOND);
    const second = endpoint.nextRequest();
    await provider.getToken();
    await second;
    clock.endRequests();
    await clock.advance(2 * SECOND);
    const third = endpoint.nextRequest();
    expect((await provider.getToken()).value).toBe('token-1');
    await third;
  });

  it('are kept alive until they end, and what is kept never rejects', async () => {
    const { provider, endpoint, kept, clock } = worker();
    endpoint.answerAll(400, { error: 'invalid_grant' });
    await expect(clock.settle(provider.getToken())).rejects.toThrow();
    expect(kept).toHaveLength(1);
    await kept[0];
    expect(clock.pending).toEqual([]);
  });

  it('need not be kept alive each time', async () => {
    let works = true;
    const waitUntil = (): void => {
      if (!works) throw new Error('outside of a request');
    };
    const { provider, endpoint, clock } = worker({ flights: perRequest({ waitUntil }) });
    endpoint.grantAll(600);
    await clock.settle(provider.getToken());
    works = false;
    expect((await clock.settle(provider.getToken({ scope: 'b' }))).value).toBe('token-2');
    expect(await provider.invalidate(await provider.getToken())).toBe(true);
  });

  it('fail, and nothing is sent, where what is to keep them alive never works', async () => {
    const cause = new TypeError('Illegal invocation');
    const waitUntil = (): void => {
      throw cause;
    };
    const grant = refreshToken({ refreshToken: 'rt' });
    const { provider, endpoint, clock } = worker({ flights: perRequest({ waitUntil }), grant });
    endpoint.grantAll(600);
    const refusal = { code: 'ERR_TOKENFLIGHT_CONFIGURATION', message: 'waitUntil: throws', option: 'waitUntil', cause };
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject(refusal);
    await clock.advance(60 * SECOND);
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject(refusal);
    await clock.settle(provider.close());
    expect(endpoint.requests).toEqual([]);
    expect(clock.pending).toEqual([]);
  });

  it('end for one caller alone where it wants no more', async () => {
    const { provider, endpoint, clock } = worker();
    const arrival = endpoint.nextRequest();
    const patient = provider.getToken();
    await arrival;
    const leaving = new AbortController();
    const hasty = provider.getToken({}, { signal: leaving.signal });
    leaving.abort(new Error('no time'));
    await expect(hasty).rejects.toThrow('no time');
    endpoint.requests[0]?.grant('token-1', 600);
    expect((await inTime(clock, patient)).value).toBe('token-1');
    expect(clock.pending).toEqual([]);
  });

  it('leave no rejection behind where a caller gives up as it begins to wait', async () => {
    const { provider, endpoint, clock } = worker();
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const arrival = endpoint.nextRequest();
      const first = provider.getToken();
      const request = await arrival;
      const caller = new AbortController();
      provider.on(({ type }) => type === 'shared' && caller.abort(new Error('given up')));
      await expect(provider.getToken({}, { signal: caller.signal })).rejects.toThrow('given up');
      request.grant('token-1', 600);
      await inTime(clock, first);
      await new Promise((resolve) => setImmediate(resolve)); // when Node.js looks for what nobody handled
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });

  it('end with the provider, also for those of other requests', async () => {
    const { provider, endpoint, clock } = worker();
    const arrival = endpoint.nextRequest();
    const calls = [provider.getToken()];
    await arrival;
    calls.push(provider.getToken());
    const outcomes = Promise.allSettled(calls);
    await provider.close();
    for (const outcome of await inTime(clock, outcomes))
      expect(outcome).toMatchObject({ reason: { code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' } });
    expect(endpoint.requests[0]?.signal.aborted).toBe(true);
  });

  it('end with the provider where a signal of another request cannot be aborted from here', async () => {
    const { provider, endpoint, clock } = worker();
    const arrival = endpoint.nextRequest();
    const calls = [provider.getToken()];
    await arrival;
    calls.push(provider.getToken());
    const outcomes = Promise.allSettled(calls);
    const abort = jest.spyOn(AbortController.prototype, 'abort').mockImplementationOnce(() => {
      throw new Error('Cannot perform I/O on behalf of a different request');
    });
    await provider.close();
    abort.mockRestore();
    for (const outcome of await inTime(clock, outcomes)) {
      expect(outcome).toMatchObject({ reason: { code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' } });
    }
    expect(endpoint.requests[0]?.signal.aborted).toBe(true);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('that spend a refresh token are waited for by who closes, in vain no longer than for a second', async () => {
    const { provider, endpoint, clock } = worker({ grant: refreshToken({ refreshToken: 'rt' }) });
    const arrival = endpoint.nextRequest();
    void provider.getToken().catch(() => {});
    await arrival;
    let closed = 0;
    const close = (): void => void provider.close().then(() => closed++);
    close();
    await clock.advance(3 * SECOND);
    close();
    clock.endRequests(); // the first one who closes dies, too
    close();
    await clock.advance(900);
    expect(closed).toBe(0);
    await clock.advance(300);
    expect(closed).toBe(1);
  });

  it('in the margin give way to the token at hand', async () => {
    const { provider, endpoint, clock } = worker();
    endpoint.grantAll(600);
    await provider.getToken();
    endpoint.reaction = () => {};
    await clock.advance(570 * SECOND);
    const arrival = endpoint.nextRequest();
    const first = provider.getToken();
    await arrival;
    const second = provider.getToken();
    await clock.advance(3 * SECOND);
    expect([(await first).value, (await second).value]).toEqual(['token-1', 'token-1']);
  });

  it('keep alive what tells the others of a rejection', async () => {
    const { provider, endpoint, kept } = worker();
    endpoint.grantAll(600);
    const token = await provider.getToken();
    await provider.invalidate(token);
    expect(kept).toHaveLength(1); // without a store there is nobody to tell
  });

  it('are tried again at once for callers without a token, and not behind those who have one', async () => {
    const { provider, endpoint, clock, count } = worker();
    endpoint.answerAll(503, {});
    const cold = provider.getToken().catch(() => {});
    await inTime(clock, cold);
    expect(endpoint.requests).toHaveLength(4);
    endpoint.grantAll(600);
    await clock.advance(60 * SECOND);
    await inTime(clock, provider.getToken());
    endpoint.answerAll(503, {});
    await clock.advance(400 * SECOND);
    await provider.getToken();
    await clock.advance(SECOND / 2);
    expect(endpoint.requests).toHaveLength(6);
    expect([count('refresh-retried'), count('refresh-failed')]).toEqual([3, 2]);
  });

  it('are not tried again at once for who can go on with the last of a token', async () => {
    const { provider, endpoint, clock } = worker();
    endpoint.grantAll(600);
    await provider.getToken();
    endpoint.answerAll(503, {});
    await clock.advance(570 * SECOND);
    expect((await inTime(clock, provider.getToken())).value).toBe('token-1');
    await clock.advance(SECOND / 2);
    expect(endpoint.requests).toHaveLength(2);
  });

  it.each([[undefined], [{}], [{ waitUntil: 1 }]])('refuse %j', (options) => {
    expect(() => perRequest(options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_TOKENFLIGHT_CONFIGURATION',
        message: 'waitUntil: must be a function',
      }),
    );
  });
});
