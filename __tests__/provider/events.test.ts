import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from '@jest/globals';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { EventHub, publishEventHub } from '../../src/telemetry/event-hub.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';
import { RejectedCalls } from '../fakes/rejecting-api.ts';

describe('the events of a provider', () => {
  it('tell the whole life of a token in order', async () => {
    const { provider, endpoint, clock, events, next } = providerUnderTest();
    endpoint.grantAll(600);
    await provider.getToken();
    await provider.getToken();
    await clock.advance(300_000);
    const landed = next('refresh-succeeded');
    await provider.getToken();
    await landed;
    await clock.advance(600_000);
    const token = await provider.getToken();
    await provider.invalidate(token);
    await provider.getToken(undefined, { forceRefresh: true });
    const told = events.map(({ type, ...rest }) =>
      [type, 'reason' in rest ? rest.reason : 'state' in rest ? rest.state : ''].join(' ').trim(),
    );
    expect(told).toEqual([
      'miss absent',
      'refresh-started absent',
      'refresh-succeeded absent',
      'hit fresh',
      'refresh-started stale',
      'hit stale',
      'refresh-succeeded stale',
      'miss expired',
      'refresh-started expired',
      'refresh-succeeded expired',
      'invalidated',
      'miss forced',
      'refresh-started forced',
      'refresh-succeeded forced',
    ]);
  });

  it('say what was asked for, but no value of a free parameter', async () => {
    const { provider, endpoint, events } = providerUnderTest({ scope: 'a' });
    endpoint.grantAll(600);
    await provider.getToken({ audience: 'https://api.example', parameters: { password: 'hush-hush' } });
    expect(events[0]).toEqual({
      type: 'miss',
      reason: 'absent',
      request: { scope: 'a', audience: ['https://api.example'], parameterNames: ['password'] },
    });
  });

  it('reach every listener although one throws and one rejects', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const heard: TokenEvent[] = [];
    provider.on(() => {
      throw new Error('a listener of no use');
    });
    provider.on((async () => {
      throw new Error('another');
    }) as () => void);
    provider.on((event) => heard.push(event));
    await provider.getToken();
    expect(heard.map(({ type }) => type)).toEqual(['miss', 'refresh-started', 'refresh-succeeded']);
  });

  it('end for a listener when it unsubscribes', async () => {
    const { provider, endpoint } = providerUnderTest();
    endpoint.grantAll(600);
    const heard: TokenEvent[] = [];
    const stop = provider.on((event) => heard.push(event));
    stop();
    await provider.getToken();
    expect(heard).toEqual([]);
  });

  it('also go to the diagnostics channel, for all providers at once', async () => {
    const heard: unknown[] = [];
    const listener = (event: unknown): void => void heard.push(event);
    subscribe('tokenflight:event', listener);
    try {
      const one = providerUnderTest();
      one.endpoint.grantAll(600);
      await one.provider.getToken();
      expect(heard).toEqual(one.events);
    } finally {
      unsubscribe('tokenflight:event', listener);
    }
  });

  it('are not even made when nobody listens', async () => {
    const { endpoint, clock } = providerUnderTest();
    endpoint.grantAll(600);
    const provider = new TokenProvider({
      tokenUrl: 'https://auth.example/token',
      clientId: 'client',
      clientSecret: 'a-secret-of-no-one',
      transport: endpoint.transport,
      clock,
    });
    class Eavesdropper extends EventHub {
      override emit(): void {
        throw new Error('an event was made for nobody');
      }
    }
    publishEventHub(provider, new Eavesdropper()); // what adapters see
    await provider.getToken();
    expect((await provider.getToken()).value).toBe('token-1');
  });
});

it('how long a flight took is told', async () => {
  const { provider, endpoint, clock, events } = providerUnderTest();
  const call = provider.getToken();
  await clock.advance(1_250);
  endpoint.last.grant('token', 600);
  await call;
  expect(events.at(-1)).toMatchObject({ type: 'refresh-succeeded', durationMs: 1_250, lifetimeMs: 600_000 });
});

it('an attempt is traced with where it goes and what for, without the query of the address', async () => {
  const traces: unknown[] = [];
  const hear = (trace: unknown): void => void traces.push(trace);
  const { provider, endpoint } = providerUnderTest({ tokenUrl: 'https://auth.example/token?tenant=1', scope: 'a' });
  endpoint.grantAll(600);
  subscribe('tracing:tokenflight:token-request:start', hear);
  try {
    await provider.getToken();
  } finally {
    unsubscribe('tracing:tokenflight:token-request:start', hear);
  }
  expect(traces).toEqual([
    expect.objectContaining({
      server: 'https://auth.example/token',
      grantType: 'client_credentials',
      request: { scope: 'a' },
      attempt: 1,
    }),
  ]);
});

it('what an adapter tells of its calls is heard by who listens to the provider', async () => {
  const { provider, endpoint, events } = providerUnderTest();
  endpoint.grantAll(600);
  await new RejectedCalls(provider).callOnceRejected();
  expect(events.filter(({ type }) => type === 'replayed')).toHaveLength(1);
});
