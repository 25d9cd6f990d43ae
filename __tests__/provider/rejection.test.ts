import { describe, expect, it } from '@jest/globals';
import { memoryStore } from '../../src/store/memory-store.ts';
import { tick } from '../fakes/fake-clock.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';
import { RejectedCalls } from '../fakes/rejecting-api.ts';

const SECOND = 1_000;

describe('a rejected token', () => {
  it('is dropped by its own identity, and the next caller gets a new one', async () => {
    const { provider, endpoint, events } = providerUnderTest();
    endpoint.grantAll(600);
    const rejected = await provider.getToken();
    expect(await provider.invalidate(rejected)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'invalidated', tokenId: rejected.id });
    expect(provider.peek()).toBeUndefined();
    expect((await provider.getToken()).value).toBe('token-2');
  });

  it('reported late does not drop the newer one', async () => {
    const { provider, endpoint, events } = providerUnderTest();
    endpoint.grantAll(600);
    const old = await provider.getToken();
    await provider.invalidate(old);
    const current = await provider.getToken();
    for (let late = 0; late < 4; late++) expect(await provider.invalidate(old)).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: 'invalidation-ignored', why: 'not-current' });
    expect(provider.peek()).toBe(current);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('reported by four callers who all used it causes one refresh', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const old = await provider.getToken();
    const replacements = await Promise.all(
      [1, 2, 3, 4].map(async (turns) => {
        for (let turn = 0; turn < turns; turn++) await tick();
        await provider.invalidate(old);
        return provider.getToken();
      }),
    );
    expect(new Set(replacements.map(({ value }) => value))).toEqual(new Set(['token-2']));
    expect(endpoint.requests).toHaveLength(2);
  });

  it('does not touch another token of the provider', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const [a, b] = await Promise.all([provider.getToken({ scope: 'a' }), provider.getToken({ scope: 'b' })]);
    await provider.invalidate(a);
    expect(provider.peek({ scope: 'a' })).toBeUndefined();
    expect(provider.peek({ scope: 'b' })).toBe(b);
  });

  it('while a refresh is running is not handed out again: callers join that refresh', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    const old = await provider.getToken();
    await clock.advance(300 * SECOND);
    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    await provider.getToken();
    const request = await arrival;
    expect(await provider.invalidate(old)).toBe(true);
    const callers = [provider.getToken(), provider.getToken()];
    request.grant('token-2', 600);
    expect((await Promise.all(callers)).map(({ value }) => value)).toEqual(['token-2', 'token-2']);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('whose refresh fails is an error, not the rejected token again', async () => {
    const { provider, endpoint, clock } = providerUnderTest({ retry: { retries: 0 } });
    endpoint.grantAll(600);
    await provider.invalidate(await provider.getToken());
    endpoint.answerAll(503, {});
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({ status: 503 });
  });

  it('from another provider, or made by hand, changes nothing', async () => {
    const { provider, endpoint } = providerUnderTest();
    const other = providerUnderTest();
    endpoint.grantAll(600);
    other.endpoint.grantAll(600);
    const [own, foreign] = [await provider.getToken(), await other.provider.getToken()];
    expect(await provider.invalidate(foreign)).toBe(false);
    expect(await provider.invalidate({ ...own } as never)).toBe(false);
    expect(provider.peek()).toBe(own);
    expect(other.provider.peek()).toBe(foreign);
  });
});

describe('a server that rejects every token', () => {
  it('called ten thousand times causes at most two token requests per 5 s', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    const api = new RejectedCalls(provider);
    for (let round = 1; round <= 4; round++) {
      for (let batch = 0; batch < 25; batch++) {
        await Promise.all(Array.from({ length: 100 }, () => api.callOnceRejected()));
        await clock.advance(SECOND / 5);
      }
      expect(endpoint.requests.length).toBeLessThanOrEqual(1 + round); // the first token, then one per 5 s
    }
    expect(api.calls).toBe(10_000);
    expect(api.sent).toBeLessThanOrEqual(20_000);
  });

  it.each([2, 5, 8, 15])(
    'causes at most one token request more per 5 s, though tokens live for %d s',
    async (expiresIn) => {
      const requestsIn = async (isRejecting: boolean): Promise<number> => {
        const { provider, endpoint, clock } = providerUnderTest();
        endpoint.grantAll(expiresIn);
        for (let step = 0; step < 600; step++) {
          const token = await provider.getToken();
          if (isRejecting) {
            await provider.invalidate(token);
            await provider.getToken();
          }
          await clock.advance(100);
        }
        return endpoint.requests.length;
      };
      expect(await requestsIn(true)).toBeLessThanOrEqual((await requestsIn(false)) + 60 / 5 + 1);
    },
  );

  it('may be asked for a newer token again after the interval, and no sooner', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest({ forcedRefreshIntervalMs: 2_000 });
    endpoint.grantAll(600);
    await provider.invalidate(await provider.getToken());
    const second = await provider.getToken();
    await clock.advance(1_999);
    expect(await provider.invalidate(second)).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: 'invalidation-ignored', why: 'limited' });
    await clock.advance(1);
    expect(await provider.invalidate(second)).toBe(true);
  });
});

describe('a token that came by force', () => {
  it('is kept for the interval, although a server rejects it', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    const forced = await provider.getToken(undefined, { forceRefresh: true });
    await clock.advance(4_999);
    expect(await provider.invalidate(forced)).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: 'invalidation-ignored', why: 'limited' });
    await clock.advance(1);
    expect(await provider.invalidate(forced)).toBe(true);
  });

  it('or in place of a rejected one is not followed by another within the interval', async () => {
    const { provider, endpoint, clock, count } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.invalidate(await provider.getToken());
    const second = await provider.getToken();
    expect(await provider.getToken(undefined, { forceRefresh: true })).toBe(second);
    expect(count('forced-refresh-limited')).toBe(1);
    await clock.advance(5_000);
    expect((await provider.getToken(undefined, { forceRefresh: true })).value).toBe('token-3');
  });
});

describe('a token that came by itself', () => {
  it('in place of one that was rejected meanwhile is kept for the interval', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    const old = await provider.getToken();
    await clock.advance(300 * SECOND);
    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    await provider.getToken();
    const request = await arrival;
    await provider.invalidate(old);
    request.grant('token-2', 600);
    const newer = await provider.getToken();
    expect(await provider.invalidate(newer)).toBe(false);
    await clock.advance(5_000);
    expect(await provider.invalidate(newer)).toBe(true);
  });

  it('in the very moment of one that came by force can be rejected at once', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(1);
    await provider.getToken(undefined, { forceRefresh: true });
    clock.stepWall(24 * 3_600 * SECOND);
    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    const call = provider.getToken();
    const request = await arrival;
    await clock.advance(5 * SECOND);
    endpoint.grantAll(600);
    request.fail(); // and is repeated at once
    expect(await provider.invalidate(await clock.settle(call))).toBe(true);
  });

  it('for one who joined by force is not followed by another within the interval', async () => {
    const { provider, endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await clock.advance(300 * SECOND);
    await provider.getToken(); // stale: a refresh begins
    const joined = await provider.getToken(undefined, { forceRefresh: true });
    expect(joined.value).toBe('token-2');
    expect(await provider.getToken(undefined, { forceRefresh: true })).toBe(joined);
    expect(endpoint.requests).toHaveLength(2);
  });
});

describe('a token that gave way to others, and is had again, the very same', () => {
  it.each(['invalidate', 'revoke'] as const)('is not handed out any more after %s', async (action) => {
    const { provider, endpoint, clock } = providerUnderTest({
      maxTokens: 1,
      revocationUrl: 'https://auth.example/revoke',
    });
    endpoint.reaction = ({ url, form, grant, answer }) =>
      url.endsWith('/revoke') ? answer(200, '') : grant(`token-${form.get('scope')}`, 600);
    const first = await provider.getToken({ scope: 'a' });
    await provider.getToken({ scope: 'b' });
    const again = await provider.getToken({ scope: 'a' });
    expect(again.id).toBe(first.id);
    await clock.settle<unknown>(provider[action](first));
    expect(provider.peek({ scope: 'a' })).toBeUndefined();
  });

  it('is dropped from the store, too, where nobody has it here', async () => {
    const { provider, endpoint, clock, events } = providerUnderTest({ maxTokens: 1, store: memoryStore() });
    endpoint.grantAll(600);
    const rejected = await clock.settle(provider.getToken({ scope: 'a' }));
    await clock.settle(provider.getToken({ scope: 'b' }));
    expect(await provider.invalidate(rejected)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'invalidated', tokenId: rejected.id });
    expect(await provider.invalidate(rejected)).toBe(false);
    expect((await clock.settle(provider.getToken({ scope: 'a' }))).value).toBe('token-3');
    expect(await provider.invalidate(rejected)).toBe(false);
  });

  it('does not drop the newer one that is there by then', async () => {
    const store = memoryStore({ monotonicMs: () => clock.monotonicMs() });
    const { provider, endpoint, clock } = providerUnderTest({ maxTokens: 1, store });
    endpoint.grantAll(600);
    const old = await clock.settle(provider.getToken({ scope: 'a' }));
    await clock.settle(provider.getToken({ scope: 'b' }));
    await clock.advance(600 * SECOND);
    const newer = await clock.settle(provider.getToken({ scope: 'a' }));
    expect(newer.id).not.toBe(old.id);
    expect(await provider.invalidate(old)).toBe(false);
    expect(provider.peek({ scope: 'a' })).toBe(newer);
  });

  it('is nobody’s to drop where nothing is shared', async () => {
    const { provider, endpoint, events } = providerUnderTest({ maxTokens: 1 });
    endpoint.grantAll(600);
    const rejected = await provider.getToken({ scope: 'a' });
    await provider.getToken({ scope: 'b' });
    expect(await provider.invalidate(rejected)).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: 'invalidation-ignored', why: 'not-current' });
  });
});

it('a token that another process got by force long ago can be rejected at once', async () => {
  const store = memoryStore({ monotonicMs: () => first.clock.monotonicMs() });
  const first = providerUnderTest({ store });
  const second = providerUnderTest({ store, clock: first.clock });
  first.endpoint.grantAll(3_600);
  second.endpoint.grantAll(3_600);
  await first.clock.settle(first.provider.getToken());
  await first.clock.settle(first.provider.getToken(undefined, { forceRefresh: true }));
  await first.clock.advance(1_200 * SECOND);
  const adopted = await first.clock.settle(second.provider.getToken());
  expect(adopted.value).toBe('token-2');
  expect(await second.provider.invalidate(adopted)).toBe(true);
  await Promise.all([first.provider.close(), second.provider.close()]);
});

it('a token that is reported once more, when there is none in its place yet, changes nothing', async () => {
  const { provider, endpoint, events } = providerUnderTest();
  endpoint.grantAll(600);
  const token = await provider.getToken();
  expect([await provider.invalidate(token), await provider.invalidate(token)]).toEqual([true, false]);
  expect(events.at(-1)).toMatchObject({ type: 'invalidation-ignored', why: 'not-current' });
});
