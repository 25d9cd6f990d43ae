import { describe, expect, it } from '@jest/globals';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import type { AccessToken } from '../../src/values/access-token.ts';
import { tick } from '../fakes/fake-clock.ts';
import { CLIENT_SECRET, type ProviderUnderTest, providerUnderTest } from '../fakes/provider-under-test.ts';

/** All that a provider without a store and without DPoP tells. */
const TYPES = [
  'cool-down',
  'credential-reread',
  'evicted',
  'forced-refresh-limited',
  'hit',
  'invalidated',
  'invalidation-ignored',
  'miss',
  'refresh-failed',
  'refresh-retried',
  'refresh-started',
  'refresh-succeeded',
  'revocation-failed',
  'shared',
];

type Action = (rig: ProviderUnderTest, event: TokenEvent, latest: AccessToken | undefined) => unknown;

/** The request that an event is about. */
const same = (event: TokenEvent): { scope?: string } => {
  const scope = 'request' in event ? event.request.scope : undefined;
  return scope === undefined ? {} : { scope };
};

const ACTIONS: readonly [string, Action][] = [
  ['does nothing', () => {}],
  ['calls getToken() for the same request', (rig, event) => rig.provider.getToken(same(event))],
  ['forces a refresh of the same request', (rig, event) => rig.provider.getToken(same(event), { forceRefresh: true })],
  ['calls getToken() for another request', (rig) => rig.provider.getToken({ scope: 'another' })],
  ['peeks', (rig, event) => rig.provider.peek(same(event))],
  ['invalidates the latest token', (rig, _, latest) => latest && rig.provider.invalidate(latest)],
  [
    'invalidates and asks again',
    (rig, event, latest) => {
      void (latest && rig.provider.invalidate(latest));
      return rig.provider.getToken(same(event));
    },
  ],
  ['revokes the latest token', (rig, _, latest) => latest && rig.provider.revoke(latest)],
  ['closes', (rig) => rig.provider.close()],
];

/** Something of everything that can happen to tokens; nothing is waited for but time, whatever comes of it. */
async function wholeLife(
  { provider, clock, endpoint }: ProviderUnderTest,
  onToken: (token: AccessToken) => void,
): Promise<void> {
  const calls: Promise<unknown>[] = [];
  let latest: AccessToken | undefined;
  const note = (token: AccessToken): void => {
    latest = token;
    onToken(token);
  };
  const after = async (ms: number, scopes: readonly (string | undefined)[], forceRefresh = false): Promise<void> => {
    await clock.advance(ms);
    for (const scope of scopes) {
      const call = provider.getToken(scope === undefined ? undefined : { scope }, { forceRefresh });
      calls.push(call.then(note).catch(() => {}));
    }
    await clock.settle(Promise.all(calls));
  };
  const reject = async (): Promise<void> => {
    if (latest) calls.push(provider.invalidate(latest));
    await tick();
  };
  endpoint.grantAll(600);
  await after(0, [undefined, undefined]);
  await after(400_000, [undefined]); // stale
  await after(0, [undefined], true); // which may join the refresh behind
  await after(0, [undefined], true);
  await after(0, [undefined], true); // too soon after another
  await reject(); // too
  await clock.advance(20_000);
  await reject();
  await reject(); // it is not the current one any more
  await after(0, ['a', 'b']); // there is room for one
  endpoint.answerAll(401, { error: 'invalid_client' });
  await after(1_000_000, [undefined, undefined]);
  await after(0, [undefined]);
  endpoint.answerAll(503, {});
  await after(100_000, [undefined]);
  await after(0, [undefined]);
  endpoint.grantAll(600);
  await after(100_000, [undefined, 'a']);
  calls.push(provider.close({ revoke: true }));
  await clock.advance(100_000);
  await Promise.all(calls);
}

describe.each(ACTIONS)('a listener that, whatever it is told, %s', (name, act) => {
  it('comes to an end, disturbs nobody, and no request is ever out twice', async () => {
    let secrets = 0;
    const clientSecret = (): string => `${CLIENT_SECRET}-${++secrets}`;
    const rig = providerUnderTest({ maxTokens: 1, retry: { retries: 1 }, clientSecret });
    const calls: unknown[] = [];
    const flights = new Set<string>();
    let [depth, deepest, overlaps] = [0, 0, 0];
    let latest: AccessToken | undefined;
    rig.provider.on((event) => {
      const key = 'request' in event ? JSON.stringify(event.request) : '';
      if (event.type === 'refresh-started' && flights.size === flights.add(key).size) overlaps++;
      if (event.type === 'refresh-succeeded' || event.type === 'refresh-failed') flights.delete(key);
    });
    rig.provider.on((event) => {
      deepest = Math.max(deepest, ++depth);
      const result = act(rig, event, latest);
      if (result instanceof Promise) calls.push(result.catch(() => {}));
      depth--;
    });
    await wholeLife(rig, (token) => {
      latest = token;
    });
    await Promise.all(calls);
    const types = [...new Set(rig.events.map(({ type }) => type))].sort();
    if (name === 'does nothing') expect(types).toEqual(TYPES);
    else expect(calls.length > 0 || name === 'peeks').toBe(true);
    expect(deepest).toBeLessThanOrEqual(TYPES.length);
    expect(overlaps).toBe(0);
    expect(rig.events.length).toBeLessThan(2_000);
  });
});

describe('a listener that asks for the same request', () => {
  it('when one begins to wait, joins that flight; the order of what is told stays', async () => {
    const { provider, endpoint, events } = providerUnderTest();
    endpoint.grantAll(600);
    const calls: Promise<AccessToken>[] = [];
    provider.on(({ type }) => {
      if (type === 'miss' || type === 'refresh-started') calls.push(provider.getToken());
    });
    const token = await provider.getToken();
    expect(await Promise.all(calls)).toEqual([token, token]);
    expect(endpoint.requests).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual([
      'miss',
      'shared',
      'refresh-started',
      'shared',
      'refresh-succeeded',
    ]);
  });

  it('when a refresh behind begins, has the token that is cached', async () => {
    const { provider, endpoint, clock, next } = providerUnderTest();
    endpoint.grantAll(600);
    const token = await provider.getToken();
    const seen: unknown[] = [];
    provider.on(({ type }) => void (type === 'refresh-started' && seen.push(provider.peek())));
    await clock.advance(400_000);
    const landed = next('refresh-succeeded');
    expect(provider.peek()).toBe(token);
    await landed;
    expect(seen).toEqual([token]);
    expect(endpoint.requests).toHaveLength(2);
  });

  it('when a token came that it rejects, gets another one', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const calls: Promise<AccessToken>[] = [];
    let latest: AccessToken | undefined;
    provider.on(({ type }) => {
      if (type !== 'refresh-succeeded' || calls.length > 0) return;
      latest = provider.peek();
      void (latest && provider.invalidate(latest));
      calls.push(provider.getToken());
    });
    expect((await provider.getToken()).value).toBe('token-1');
    expect((await calls[0])?.value).toBe('token-2');
    expect(provider.peek()?.value).toBe('token-2');
  });

  it('when a flight has failed, is answered by its cool-down, and does not join what is over', async () => {
    const { provider, endpoint, events } = providerUnderTest();
    endpoint.answerAll(400, { error: 'invalid_scope' });
    const calls: Promise<unknown>[] = [];
    provider.on(({ type }) => {
      if (type === 'refresh-failed') calls.push(provider.getToken().catch((error) => error));
    });
    const error = await provider.getToken().catch((thrown) => thrown);
    expect(await Promise.all(calls)).toEqual([error]);
    expect(events.map(({ type }) => type)).toEqual(['miss', 'refresh-started', 'refresh-failed', 'cool-down']);
  });
});
