import { describe, expect, it } from '@jest/globals';
import { tick } from '../fakes/fake-clock.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

describe('a full cache', () => {
  it('gives up the least recently used token, and says so', async () => {
    const { provider, endpoint, events } = providerUnderTest({ maxTokens: 2 });
    endpoint.reaction = (request, number) => request.grant(`${request.form.get('scope')}-${number}`, 600);
    await provider.getToken({ scope: 'a' });
    await provider.getToken({ scope: 'b' });
    provider.peek({ scope: 'a' }); // b is now the one used longest ago
    await provider.getToken({ scope: 'c' });
    expect(events.filter(({ type }) => type === 'evicted')).toEqual([{ type: 'evicted', request: { scope: 'b' } }]);
    expect(provider.peek({ scope: 'a' })?.value).toBe('a-1');
    expect(provider.peek({ scope: 'c' })?.value).toBe('c-3');
  });

  it('does not tell of a slot whose flight keeps it where it is', async () => {
    const { provider, endpoint, count } = providerUnderTest({ maxTokens: 1 });
    endpoint.grantAll(600);
    const calls = ['a', 'b', 'a', 'b', 'a', 'b'].map((scope) => provider.getToken({ scope }));
    expect([count('evicted'), count('miss'), count('shared')]).toEqual([0, 2, 4]);
    await Promise.all(calls);
    expect([count('evicted'), endpoint.requests.length]).toEqual([1, 2]);
  });

  it('tells of a token that gave way although its slot stays for its refresh', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest({ maxTokens: 1 });
    endpoint.grantAll(600);
    await provider.getToken({ scope: 'a' });
    await clock.advance(400_000);
    endpoint.reaction = () => {};
    await provider.getToken({ scope: 'a' }); // stale: a refresh begins
    void provider.getToken({ scope: 'b' }).catch(() => {});
    expect(events.at(-1)).toEqual({ type: 'evicted', request: { scope: 'a' } });
    expect(provider.peek({ scope: 'a' })).toBeUndefined();
    await provider.close();
  });

  it('tells at once of what gives way to a peek', async () => {
    const { provider, endpoint, events } = providerUnderTest({ maxTokens: 1 });
    const first = endpoint.nextRequest();
    const calls = [provider.getToken({ scope: 'a' }).catch(() => {})];
    await first;
    endpoint.grantAll(600);
    calls.push(provider.getToken({ scope: 'b' })); // a gives way, and stays for its flight
    await calls[1];
    expect(provider.peek({ scope: 'a' })).toBeUndefined();
    expect(events.at(-1)).toEqual({ type: 'evicted', request: { scope: 'b' } });
    await provider.close();
    await Promise.all(calls);
  });

  it('gives nothing up for a peek at what it does not have', async () => {
    const { provider, endpoint, count } = providerUnderTest({ maxTokens: 2 });
    endpoint.grantAll(600);
    const kept = [await provider.getToken({ scope: 'a' }), await provider.getToken({ scope: 'b' })];
    for (const scope of ['c', 'd', 'e']) expect(provider.peek({ scope })).toBeUndefined();
    expect([provider.peek({ scope: 'a' }), provider.peek({ scope: 'b' })]).toEqual(kept);
    expect(count('evicted')).toBe(0);
  });

  it('keeps to its bound, and to one flight for a request, when a listener calls again at once', async () => {
    for (const maxTokens of [1, 2, 3]) {
      const { provider, endpoint, events } = providerUnderTest({ maxTokens });
      endpoint.reaction = (request, number) => request.grant(`${request.form.get('scope')}-${number}`, 600);
      let left = 20;
      const calls: Promise<unknown>[] = [];
      provider.on((event) => {
        if (event.type === 'evicted' && left-- > 0) calls.push(provider.getToken({ scope: event.request.scope ?? '' }));
      });
      const scopes = ['a', 'b', 'c', 'd', 'e', 'f'];
      for (const scope of [...scopes, ...scopes]) {
        const asked = endpoint.requests.length;
        const [one, other] = await Promise.all([provider.getToken({ scope }), provider.getToken({ scope })]);
        expect(one).toBe(other);
        expect(one.value.startsWith(scope)).toBe(true);
        const isOnce = (name: string): boolean =>
          endpoint.requests.slice(asked).filter(({ form }) => form.get('scope') === name).length <= 1;
        expect(isOnce(scope)).toBe(true);
      }
      for (let settled = -1; settled < calls.length; ) {
        settled = calls.length; // each may have been answered by another
        await Promise.all(calls);
        await tick();
      }
      expect(left).toBeLessThan(20); // it did call
      expect(scopes.filter((scope) => provider.peek({ scope }) !== undefined).length).toBe(maxTokens);
      expect(events.at(-1)).toMatchObject({ type: 'hit' });
    }
  });

  it('tells of what gave way last of all, when the flight of what took its place has begun', async () => {
    const { provider, endpoint, events } = providerUnderTest({ maxTokens: 1 });
    endpoint.grantAll(600);
    await provider.getToken({ scope: 'a' });
    events.length = 0;
    const call = provider.getToken({ scope: 'b' });
    expect(events.map(({ type }) => type)).toEqual(['miss', 'refresh-started', 'evicted']);
    await call;
  });

  it('remembers the failure of what gave way, as many of them as tokens', async () => {
    const { provider, endpoint, clock } = providerUnderTest({ maxTokens: 2, retry: { retries: 0 } });
    endpoint.answerAll(503, {});
    const ask = (scope: string): Promise<unknown> =>
      clock.settle(provider.getToken({ scope })).catch((error: unknown) => error);
    for (const scope of ['a', 'b', 'c', 'd']) expect(await ask(scope)).toMatchObject({ status: 503 });
    expect(endpoint.requests).toHaveLength(4); // a and b have given way
    for (const scope of ['b', 'a']) expect(await ask(scope)).toMatchObject({ status: 503 });
    expect(endpoint.requests).toHaveLength(4);
    await ask('e');
    await ask('f');
    expect(endpoint.requests).toHaveLength(6);
    await ask('c'); // forgotten
    expect(endpoint.requests).toHaveLength(7);
    await clock.advance(30_000);
    endpoint.grantAll(600);
    expect(await ask('a')).toMatchObject({ value: 'token-8' });
    await ask('g');
    await ask('h');
    expect(await ask('a')).toMatchObject({ value: 'token-11' }); // no failure is remembered beyond a success
  });

  it('never gives up the token of its own defaults', async () => {
    const { provider, endpoint } = providerUnderTest({ maxTokens: 1 });
    endpoint.grantAll(600);
    const own = await provider.getToken();
    for (const scope of ['a', 'b', 'c']) await provider.getToken({ scope });
    expect(provider.peek()).toBe(own);
  });

  it('keeps what is in flight: the same request never gets a second flight', async () => {
    const { provider, endpoint } = providerUnderTest({ maxTokens: 1 });
    const first = provider.getToken({ scope: 'a' });
    await tick();
    const others = ['b', 'c', 'd'].map((scope) => provider.getToken({ scope }));
    const again = provider.getToken({ scope: 'a' });
    await tick();
    expect(endpoint.requests).toHaveLength(4);
    for (const request of endpoint.requests) request.grant(`token-${request.form.get('scope')}`, 600);
    expect((await first).value).toBe('token-a');
    expect(await again).toBe(await first);
    await Promise.all(others);
  });
});
