import { describe, expect, it } from '@jest/globals';
import { tick } from '../fakes/fake-clock.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const SECOND = 1_000;

describe('one flight per token', () => {
  it('serves a thousand cold callers with one request', async () => {
    const { provider, endpoint, count } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const callers = Array.from({ length: 1_000 }, () => provider.getToken());
    (await arrival).grant('token-1', 600);
    const tokens = await Promise.all(callers);
    expect(new Set(tokens).size).toBe(1);
    expect(endpoint.requests).toHaveLength(1);
    expect([count('miss'), count('shared')]).toEqual([1, 999]);
  });

  it('gives a thousand callers the very same error when it fails, and hangs none', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.answerAll(400, { error: 'invalid_grant' });
    const outcomes = await clock.settle(Promise.allSettled(Array.from({ length: 1_000 }, () => provider.getToken())));
    const reasons = new Set(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason));
    expect(reasons.size).toBe(1);
    expect([...reasons][0]).toMatchObject({ error: 'invalid_grant' });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is shared by cold, forced and stale callers', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(300 * SECOND);
    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    const stale = provider.getToken();
    const forced = provider.getToken({}, { forceRefresh: true });
    (await arrival).grant('token-2', 600);
    expect((await stale).value).toBe('token-1');
    expect((await forced).value).toBe('token-2');
    expect(endpoint.requests).toHaveLength(2);
  });

  it('is not shared by requests that differ', async () => {
    const { provider, endpoint } = providerUnderTest();
    const form = ({ form }: { form: URLSearchParams }): string =>
      ['scope', 'audience'].map((name) => `${name}=${form.get(name)?.replace(' ', '+')}`).join(';');
    endpoint.reaction = (request) => request.grant(form(request), 600);
    const requests = [
      undefined,
      { scope: 'a' },
      { scope: 'b' },
      { scope: 'a b' },
      { scope: 'ab' },
      { audience: 'a' },
      { scope: 'a', audience: 'a' },
    ];
    const tokens = await Promise.all(requests.map((request) => provider.getToken(request)));
    expect(tokens.map(({ value }) => value)).toEqual([
      'scope=undefined;audience=undefined',
      'scope=a;audience=undefined',
      'scope=b;audience=undefined',
      'scope=a+b;audience=undefined',
      'scope=ab;audience=undefined',
      'scope=undefined;audience=a',
      'scope=a;audience=a',
    ]);
    expect(endpoint.requests).toHaveLength(7);
  });

  it('is shared by the same scopes in another order or form', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const tokens = await Promise.all(
      [{ scope: 'a b' }, { scope: 'b a' }, { scope: ['b', 'a'] }, { scope: ['a', 'b', 'a'] }].map((request) =>
        provider.getToken(request),
      ),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is one per token under ten thousand callers each, when both tokens have come to their end', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.reaction = (request, number) => request.grant(`${request.form.get('scope')}-${number}`, 600);
    for (const scope of ['a', 'b']) await provider.getToken({ scope });
    await clock.advance(600 * SECOND);
    const callers = Array.from({ length: 20_000 }, (_, call) => provider.getToken({ scope: call % 2 ? 'a' : 'b' }));
    const values = new Set((await Promise.all(callers)).map(({ value }) => value));
    expect(values).toEqual(new Set(['b-3', 'a-4']));
    expect(endpoint.requests).toHaveLength(4);
  });

  it('runs beside the flights of other tokens, none waiting for another', async () => {
    const { provider, endpoint } = providerUnderTest();
    const callers = ['a', 'b', 'c'].map((scope) => provider.getToken({ scope }));
    await tick();
    expect(endpoint.requests).toHaveLength(3);
    endpoint.requests[2]?.grant('token-c', 600);
    expect((await callers[2])?.value).toBe('token-c');
    endpoint.requests[0]?.grant('token-a', 600);
    endpoint.requests[1]?.grant('token-b', 600);
    await Promise.all(callers);
  });

  it('has put the token into the cache before it wakes a waiter', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const seen = await provider.getToken().then((token) => provider.peek() === token);
    expect(seen).toBe(true);
  });
});

describe('a caller who gives up', () => {
  const reason = new Error('enough');

  it.each(['first', 'second'])('ends the wait of the %s caller alone, with its own reason', async (which) => {
    const { provider, endpoint } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const first = provider.getToken(undefined, which === 'first' ? options : undefined);
    const second = provider.getToken(undefined, which === 'second' ? options : undefined);
    const [quitter, other] = which === 'first' ? [first, second] : [second, first];
    const request = await arrival;
    controller.abort(reason);
    await expect(quitter).rejects.toBe(reason);
    expect(request.signal.aborted).toBe(false);
    request.grant('token-1', 600);
    expect((await other).value).toBe('token-1');
  });

  it('does not stop the flight even if everybody gives up: the next caller finds the token', async () => {
    const { provider, endpoint, next } = providerUnderTest();
    const arrival = endpoint.nextRequest();
    const controller = new AbortController();
    const caller = provider.getToken(undefined, { signal: controller.signal });
    const request = await arrival;
    controller.abort(reason);
    await expect(caller).rejects.toBe(reason);
    const landed = next('refresh-succeeded');
    request.grant('token-1', 600);
    await landed;
    expect(provider.peek()?.value).toBe('token-1');
    expect(endpoint.requests).toHaveLength(1);
  });

  it('before it began is refused with its reason, even with a fresh token at hand', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await expect(provider.getToken(undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('leaves no listener on its signal, whether the flight lands, fails or the signal fires', async () => {
    for (const outcome of ['lands', 'fails', 'aborts'] as const) {
      const { provider, endpoint, clock } = providerUnderTest({ retry: { retries: 0 } });
      const controller = new AbortController();
      const { signal } = controller;
      const listeners = new Set<unknown>();
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners.add(args[1]);
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners.delete(args[1]);
        remove(...args);
      };
      const arrival = endpoint.nextRequest();
      const caller = provider.getToken(undefined, { signal });
      const request = await arrival;
      expect(listeners.size).toBe(1);
      if (outcome === 'aborts') controller.abort(reason);
      if (outcome === 'fails') request.answer(503, {});
      else request.grant('token-1', 600);
      await clock.settle(Promise.allSettled([caller]));
      expect(listeners.size).toBe(0);
    }
  });
});

describe('a forced refresh', () => {
  it('is one by force again where the last one brought nothing', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest({ retry: { retries: 0 } });
    endpoint.answerAll(503, {});
    await expect(provider.getToken(undefined, { forceRefresh: true })).rejects.toMatchObject({ status: 503 });
    await clock.advance(1_000);
    endpoint.grantAll(600);
    await provider.getToken(undefined, { forceRefresh: true });
    expect(events.at(-1)).toMatchObject({ type: 'refresh-succeeded', reason: 'forced' });
  });

  it('asks the server although a fresh token is cached, and puts the new one into the cache', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    const forced = await provider.getToken(undefined, { forceRefresh: true });
    expect(forced.value).toBe('token-2');
    expect(provider.peek()).toBe(forced);
  });

  it('that fails tells its caller, while all others keep the valid token', async () => {
    const { provider, endpoint, clock } = providerUnderTest({ retry: { retries: 0 } });
    endpoint.grantAll(600);
    await provider.getToken();
    endpoint.answerAll(503, {});
    await expect(clock.settle(provider.getToken(undefined, { forceRefresh: true }))).rejects.toMatchObject({
      status: 503,
    });
    expect((await provider.getToken()).value).toBe('token-1');
  });

  it('is answered from the cache when another was made less than 5 s ago', async () => {
    const { provider, endpoint, clock, count } = providerUnderTest();
    endpoint.grantAll(600);
    for (let call = 0; call < 100; call++) await provider.getToken(undefined, { forceRefresh: true });
    expect(endpoint.requests).toHaveLength(1);
    expect(count('forced-refresh-limited')).toBe(99);
    await clock.advance(5 * SECOND);
    expect((await provider.getToken(undefined, { forceRefresh: true })).value).toBe('token-2');
  });
});

describe('the async context of a flight', () => {
  it('is not that of the caller who happened to begin it', async () => {
    const { AsyncLocalStorage } = await import('node:async_hooks');
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { provider, endpoint } = providerUnderTest({
      clientSecret: () => {
        seen.push(storage.getStore());
        return 'a-secret-from-a-vault';
      },
    });
    endpoint.reaction = (request) => {
      seen.push(storage.getStore());
      request.grant('token-1', 600);
    };
    const token = await storage.run('request of caller one', async () => {
      const got = await provider.getToken();
      expect(storage.getStore()).toBe('request of caller one'); // the caller's own context is untouched
      return got;
    });
    expect(token.value).toBe('token-1');
    expect(seen).toEqual([undefined, undefined]);
  });
});
