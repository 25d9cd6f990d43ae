import { describe, expect, it } from '@jest/globals';
import { type DpopProver, dpop } from '../../src/protocol/dpop.ts';
import { grant } from '../../src/protocol/grant.ts';
import { tokenExchange } from '../../src/protocol/token-exchange.ts';
import { sharedFlights } from '../../src/provider/flight.ts';
import type { StoreNews, TokenStore } from '../../src/store/token-store.ts';
import type { AccessToken } from '../../src/values/access-token.ts';
import { FakeClock, tick } from '../fakes/fake-clock.ts';
import { type Fleet, fleet } from '../fakes/fleet.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const SECOND = 1_000;

function member({ members }: Fleet, index: number): Fleet['members'][number] {
  const found = members[index];
  if (found === undefined) throw new Error(`no member ${index}`);
  return found;
}

const callAll = (processes: Fleet): Promise<string[]> =>
  Promise.all(processes.members.map(async ({ provider }) => (await provider.getToken()).value));

describe('a fleet with a store', () => {
  it('makes one token request for a cold herd', async () => {
    const processes = fleet(16);
    const { clock, endpoint } = processes;
    const arrival = endpoint.nextRequest();
    const callers = processes.members.flatMap(({ provider }) => Array.from({ length: 50 }, () => provider.getToken()));
    const request = await arrival;
    await clock.advance(200);
    request.grant('token-1', 600);
    const values = await clock.settle(Promise.all(callers.map(async (caller) => (await caller).value)));
    expect(new Set(values)).toEqual(new Set(['token-1']));
    expect(endpoint.requests).toHaveLength(1);
  });

  it('makes one token request per lifetime, whatever its size, and keeps nobody waiting at a refresh', async () => {
    const processes = fleet(8, { random: Math.random });
    const { clock, endpoint } = processes;
    endpoint.reaction = (request, number) => request.grant(`token-${number}`, 600);
    await clock.settle(callAll(processes));
    const misses = (): number => processes.members.reduce((sum, { count }) => sum + count('miss'), 0);
    const cold = misses();
    const isFlying = (): boolean =>
      processes.members.some(({ count }) => count('refresh-started') > count('refresh-succeeded'));
    for (let second = 0; second < 3_000; second += 5) {
      await callAll(processes);
      // On a busy machine a digest takes longer than a tick: no lease may run out meanwhile.
      while (isFlying()) await clock.advance(20);
      await clock.advance(5 * SECOND);
    }
    expect(misses()).toBe(cold);
    // Refreshed after 45% to 50% of each lifetime of 600 s, by whichever draws earliest.
    expect(endpoint.requests.length).toBeLessThanOrEqual(13);
    expect(endpoint.requests.length).toBeGreaterThanOrEqual(10);
  });

  it.each([1, 12])(
    'of %i makes the same few token requests where the server hands out one token again and again',
    async (size) => {
      const processes = fleet(size, { random: () => 0.5 });
      const { clock, endpoint } = processes;
      const endMs = clock.monotonicMs() + 3_600 * SECOND;
      endpoint.reaction = (request) => request.grant('the-same', (endMs - clock.monotonicMs()) / SECOND);
      for (let second = 0; second < 3_500; second += 10) {
        const calls = callAll(processes);
        const isFlying = (): boolean =>
          processes.members.some(({ count }) => count('refresh-started') > count('refresh-succeeded'));
        while (isFlying()) await clock.advance(20);
        await calls;
        await clock.advance(10 * SECOND);
      }
      expect(endpoint.requests.length).toBeLessThanOrEqual(10);
    },
  );

  it.each(['forced', 'rejected'])('does not take that token for another where the refresh is %s', async (reason) => {
    const processes = fleet(2, { refreshJitter: 0 });
    const { clock, endpoint } = processes;
    const [one, two] = [member(processes, 0), member(processes, 1)];
    const endMs = clock.monotonicMs() + 3_600 * SECOND;
    endpoint.reaction = (request) => request.grant('the-same', (endMs - clock.monotonicMs()) / SECOND);
    const [, token] = await clock.settle(Promise.all([one.provider.getToken(), two.provider.getToken()]));
    await clock.advance(3_000 * SECOND);
    const renewed = one.next('refresh-succeeded');
    one.provider.peek();
    await clock.settle(renewed);
    expect(endpoint.requests).toHaveLength(2);
    if (reason === 'rejected') await two.provider.invalidate(token as AccessToken);
    await clock.settle(two.provider.getToken({}, { forceRefresh: reason === 'forced' }));
    expect(endpoint.requests).toHaveLength(3);
  });

  it('hands out a token of another process for no longer than it lives', async () => {
    const processes = fleet(2, { expiryMarginMs: 0, refreshJitter: 0 });
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    const first = await clock.settle(member(processes, 0).provider.getToken());
    await clock.advance(200 * SECOND);
    const second = await clock.settle(member(processes, 1).provider.getToken());
    expect(second.value).toBe('token-1');
    expect(second.expiresAt).toEqual(first.expiresAt);
    expect(member(processes, 1).count('store-hit')).toBe(1);
  });

  it('keeps different clients, requests and subjects apart', async () => {
    const store = fleet(0).store;
    const clock = new FakeClock();
    const requestsOf = async (options: object, scope: string): Promise<number> => {
      const { provider, endpoint } = providerUnderTest({ store, clock, ...options });
      endpoint.grantAll(600);
      await provider.getToken({ scope });
      return endpoint.requests.length;
    };
    const exchange = (subjectToken: string): object => ({ grant: tokenExchange({ subjectToken }) });
    expect(await requestsOf({}, 'a')).toBe(1);
    expect(await requestsOf({}, 'a')).toBe(0);
    expect(await requestsOf({}, 'b')).toBe(1);
    expect(await requestsOf({ clientId: 'other' }, 'a')).toBe(1);
    expect(await requestsOf({ tokenUrl: 'https://auth.example/other' }, 'a')).toBe(1);
    expect(await requestsOf({ grant: grant('urn:x', { badge: '1' }) }, 'a')).toBe(1);
    expect(await requestsOf({ grant: grant('urn:x', { badge: '1' }) }, 'a')).toBe(0);
    expect(await requestsOf({ grant: grant('urn:x', { badge: '2' }) }, 'a')).toBe(1);
    expect(await requestsOf(exchange('user-1'), 'a')).toBe(1);
    expect(await requestsOf(exchange('user-1'), 'a')).toBe(0);
    expect(await requestsOf(exchange('user-2'), 'a')).toBe(1);
  });

  it('refuses a grant that does not tell whose tokens it gets', () => {
    const { store } = fleet(0);
    expect(() => providerUnderTest({ store, grant: grant('urn:x', () => ({})) })).toThrow(/grant.identity/);
    providerUnderTest({ store, grant: { ...grant('urn:x', () => ({})), identity: ['user-1'] } });
  });

  it('learns from one member what a resource server rejected', async () => {
    const processes = fleet(2);
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    const [token] = await clock.settle(Promise.all(processes.members.map(({ provider }) => provider.getToken())));
    if (token === undefined) throw new Error('no token');
    await member(processes, 0).provider.invalidate(token);
    await tick();
    expect(member(processes, 1).provider.peek()).toBeUndefined();
    await clock.settle(callAll(processes));
    expect(endpoint.requests).toHaveLength(2);
  });

  it('keeps all other tokens, and a newer one, through such news', async () => {
    const scopes = ['a', 'b'];
    const told: ((news: StoreNews) => void)[] = [];
    const processes = fleet(1, {}, (store) => ({
      ...store,
      subscribe(listener) {
        told.push(listener);
        return store.subscribe(listener);
      },
    }));
    const { clock, endpoint, store } = processes;
    endpoint.grantAll(600);
    const { provider, count } = member(processes, 0);
    const news: StoreNews[] = [];
    store.subscribe((each) => news.push(each));
    const tokens = await clock.settle(Promise.all(scopes.map((scope) => provider.getToken({ scope }))));
    await tick();
    const keys = news.map(({ key }) => key);
    const tell = (key: string, tokenId: string): void => {
      for (const listener of told) listener({ type: 'invalidated', key, tokenId });
    };
    for (const key of keys) tell(key, 'an older one');
    for (const { id } of tokens) tell('another key', id);
    provider.peek({ scope: 'never got' });
    tell('another key', undefined as never);
    expect(scopes.map((scope) => provider.peek({ scope }))).toEqual(tokens);
    expect(count('invalidated')).toBe(0);
    await provider.invalidate(tokens[0] as AccessToken);
    for (const key of keys) tell(key, 'one more');
    expect(count('invalidated')).toBe(1);
  });

  it('sees through what tells the others of a rejection, on platforms that end with the call', async () => {
    const kept: Promise<unknown>[] = [];
    const processes = fleet(1, { flights: { ...sharedFlights, keepAlive: (work) => kept.push(work) } });
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    const { provider } = member(processes, 0);
    await provider.invalidate(await clock.settle(provider.getToken()));
    expect(kept).toHaveLength(1);
    await Promise.all(kept);
  });

  it('asks twice in 5 s at most where every token is rejected', async () => {
    const processes = fleet(4);
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    for (let call = 0; call < 40; call++) {
      const { provider } = member(processes, call % 4);
      await provider.invalidate(await clock.settle(provider.getToken()));
      await clock.advance(100);
    }
    expect(endpoint.requests.length).toBeLessThanOrEqual(3);
  });

  it('makes one request for a forced refresh that several ask for at once', async () => {
    const processes = fleet(3);
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    await clock.settle(callAll(processes));
    const tokens = await clock.settle(
      Promise.all(processes.members.map(({ provider }) => provider.getToken({}, { forceRefresh: true }))),
    );
    expect(tokens.map(({ value }) => value)).toEqual(['token-2', 'token-2', 'token-2']);
  });

  it('gets a new token by force also where only the store has one', async () => {
    const processes = fleet(2);
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    await clock.settle(member(processes, 0).provider.getToken());
    const forced = member(processes, 1).provider.getToken({}, { forceRefresh: true });
    expect((await clock.settle(forced)).value).toBe('token-2');
  });

  it('takes no older token in place of its own stale one', async () => {
    const broken = { isBroken: true };
    const processes = fleet(2, { expiryMarginMs: 0 }, (store, index) =>
      index === 0 ? breakable(store, () => broken.isBroken) : store,
    );
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    await clock.settle(member(processes, 1).provider.getToken()); // token-1, stored
    await clock.advance(100 * SECOND);
    await clock.settle(member(processes, 0).provider.getToken()); // token-2, alone
    broken.isBroken = false;
    await clock.advance(301 * SECOND);
    const behind = member(processes, 0).next('refresh-succeeded');
    member(processes, 0).provider.peek();
    await clock.settle(behind);
    expect(member(processes, 0).provider.peek()?.value).toBe('token-3');
  });
});

describe('failures of the token endpoint', () => {
  it('are shared: a fleet does not repeat what one member just learned', async () => {
    const processes = fleet(10, { retry: { retries: 0 } });
    const { clock, endpoint } = processes;
    endpoint.answerAll(400, { error: 'invalid_scope', error_description: 'no such scope' });
    const calls = processes.members.map(({ provider }) => provider.getToken());
    const outcomes = await clock.settle(Promise.allSettled(calls));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_TOKENFLIGHT_REQUEST_REJECTED', error: 'invalid_scope', status: 400, retryable: false },
      });
    }
    expect(endpoint.requests).toHaveLength(1);
  });

  it('leave each member its own try where the client was refused: its secret may be newer', async () => {
    const processes = fleet(3, { retry: { retries: 0 } });
    const { clock, endpoint } = processes;
    endpoint.answerAll(401, { error: 'invalid_client' });
    await clock.settle(Promise.allSettled(processes.members.map(({ provider }) => provider.getToken())));
    expect(endpoint.requests).toHaveLength(3);
    await clock.settle(Promise.allSettled(processes.members.map(({ provider }) => provider.getToken())));
    expect(endpoint.requests).toHaveLength(3);
  });

  it('are over for all as soon as the pause is over and one succeeds', async () => {
    const processes = fleet(5);
    const { clock, endpoint } = processes;
    endpoint.reaction = (request, number) =>
      number === 1 ? request.answer(503, {}, { 'retry-after': '2' }) : request.grant(`token-${number}`, 600);
    const calls = callAll(processes);
    const learnt = (): number => processes.members.reduce((sum, { count }) => sum + count('store-failure'), 0);
    while (learnt() < 4) await clock.advance(0); // all but the one that asked
    await clock.advance(1_900);
    expect(endpoint.requests).toHaveLength(1);
    expect(new Set(await passing(clock, calls))).toEqual(new Set(['token-2']));
    expect(endpoint.requests).toHaveLength(2);
  });
});

describe('a leader', () => {
  it('that dies costs one lease', async () => {
    const processes = fleet(2);
    const { store, clock, endpoint } = processes;
    endpoint.grantAll(600);
    const key = await keyOf(processes);
    await store.look(key, { owner: 'dead', leaseMs: 3 * SECOND, always: true, unwantedId: 'none' });
    const call = member(processes, 1).provider.getToken();
    const waiting = member(processes, 1).next('store-waiting');
    await clock.settle(waiting);
    await clock.advance(2_900);
    expect(endpoint.requests).toHaveLength(0);
    await passing(clock, call);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('keeps its lease for as long as its request is out', async () => {
    const processes = fleet(2, { attemptTimeoutMs: 60_000, timeoutMs: 90_000 });
    const { clock, endpoint } = processes;
    const arrival = endpoint.nextRequest();
    const calls = callAll(processes);
    const request = await arrival;
    await clock.advance(20 * SECOND);
    expect(endpoint.requests).toHaveLength(1);
    request.grant('token-1', 600);
    expect(await clock.settle(calls)).toEqual(['token-1', 'token-1']);
  });
});

describe('a leader that lost its lease', () => {
  it('says so once, also where it learns of it only when it puts its token', async () => {
    const losing = (store: TokenStore): TokenStore => ({
      ...store,
      extend: async () => false,
      put: async () => false,
    });
    const processes = fleet(1, {}, losing);
    const { clock, endpoint } = processes;
    const { provider, count } = member(processes, 0);
    endpoint.grantAll(600);
    await clock.settle(provider.getToken({ scope: 'quick' }));
    expect(count('store-lease-lost')).toBe(1);

    endpoint.reaction = () => {};
    const arrival = endpoint.nextRequest();
    const slow = provider.getToken({ scope: 'slow' });
    const request = await arrival;
    await clock.advance(1 * SECOND);
    expect(count('store-lease-lost')).toBe(2);
    request.grant('slow', 600);
    await clock.settle(slow);
    expect(count('store-lease-lost')).toBe(2);
  });
});

describe('a store that cannot be used', () => {
  const failing = (): TokenStore => breakable(fleet(0).store, () => true);

  it('costs no token: the process asks for itself', async () => {
    const { provider, endpoint, events } = providerUnderTest({ store: failing() });
    endpoint.grantAll(600);
    expect((await provider.getToken()).value).toBe('token-1');
    expect(events.find(({ type }) => type === 'store-failed')).toMatchObject({ operation: 'look', why: 'READONLY' });
  });

  it('that hangs costs its timeout, then nothing: it is left alone', async () => {
    const store = { ...fleet(0).store, look: () => new Promise<never>(() => {}) };
    const { provider, endpoint, clock, count } = providerUnderTest({ store, storeTimeoutMs: 100 });
    endpoint.grantAll(600);
    const asked = async (): Promise<void> => {
      while (!clock.pending.some(({ inMs }) => inMs === 100)) await tick();
    };
    const timingOut = async (call: Promise<unknown>): Promise<void> => {
      await asked();
      await clock.advance(100);
      await clock.settle(call);
    };
    for (const scope of ['a', 'b', 'c']) await timingOut(provider.getToken({ scope }));
    await provider.getToken({ scope: 'd' });
    expect(count('store-failed')).toBe(3);
    await clock.advance(1_100);
    const trial = provider.getToken({ scope: 'e' });
    await asked();
    await provider.getToken({ scope: 'f' }); // does not wait for the trial
    await timingOut(trial);
    expect(count('store-failed')).toBe(4);
  });

  it('and grants a lease too late keeps no other process waiting', async () => {
    let answerAtLast = (): void => {};
    const atLast = new Promise<void>((resolve) => {
      answerAtLast = resolve;
    });
    const slowFor = (store: TokenStore, index: number): TokenStore =>
      index > 0
        ? store
        : {
            ...store,
            async look(key, ask) {
              const answer = await store.look(key, ask);
              await atLast;
              return answer;
            },
          };
    const processes = fleet(2, { storeTimeoutMs: 100 }, slowFor);
    const { clock, endpoint } = processes;
    endpoint.grantAll(600);
    const first = member(processes, 0).provider.getToken();
    while (!clock.pending.some(({ inMs }) => inMs === 100)) await tick();
    await clock.advance(100);
    expect((await clock.settle(first)).value).toBe('token-1');
    const second = member(processes, 1).provider.getToken();
    await clock.settle(member(processes, 1).next('store-waiting'));
    answerAtLast();
    expect((await clock.settle(second)).value).toBe('token-2'); // though no time went by
  });

  it('is used again after a success', async () => {
    let isBroken = true;
    const { store } = fleet(0);
    const { provider, endpoint, clock, count } = providerUnderTest({ store: breakable(store, () => isBroken) });
    endpoint.grantAll(600);
    for (const scope of ['a', 'b', 'c']) await provider.getToken({ scope });
    isBroken = false;
    await clock.advance(1_100);
    await provider.getToken({ scope: 'd' });
    await provider.getToken({ scope: 'e' });
    const { provider: other, endpoint: silent } = providerUnderTest({ store, clock });
    expect((await other.getToken({ scope: 'e' })).value).toBe('token-5');
    expect(silent.requests).toHaveLength(0);
    expect(count('store-failed')).toBe(3);
  });

  it('is not believed when what it says cannot be a token', async () => {
    const stored = { id: 'x', value: 'a\r\nb', tokenType: 'Bearer', response: {}, lifetimeMs: 1e6, marginMs: 0 };
    const token = { token: { ...stored, isForced: false }, remainingMs: 1e6 };
    const store = { ...fleet(0).store, look: async () => ({ token, generation: 1 }) };
    const { provider, endpoint, count } = providerUnderTest({ store });
    endpoint.grantAll(600);
    expect((await provider.getToken()).value).toBe('token-1');
    expect(count('store-failed')).toBe(1);
  });

  it('tells nothing of what it said, which may hold a token', async () => {
    const store = {
      ...fleet(0).store,
      look: () => Promise.reject(Object.assign(new Error('ERR SET secret-token'), { code: 'secret token' })),
    };
    const { provider, endpoint, events } = providerUnderTest({ store });
    endpoint.grantAll(600);
    await provider.getToken();
    const told = events.filter(({ type }) => type === 'store-failed');
    expect(told).toMatchObject([{ why: 'ERR' }]);
    expect(JSON.stringify(told)).not.toContain('secret');
  });
});

describe('closing', () => {
  it('gives the lease back at once and hears no more news', async () => {
    let listeners = 0;
    const processes = fleet(2, {}, (store) => ({
      ...store,
      subscribe(listener) {
        listeners++;
        const end = store.subscribe(listener);
        return () => {
          listeners--;
          end();
        };
      },
    }));
    const { clock, endpoint } = processes;
    const arrival = endpoint.nextRequest();
    const abandoned = member(processes, 0).provider.getToken();
    await arrival;
    endpoint.grantAll(600);
    const waiting = member(processes, 1).provider.getToken();
    await tick();
    await member(processes, 0).provider.close();
    await expect(abandoned).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' });
    expect((await clock.settle(waiting)).value).toBe('token-2');
    expect(listeners).toBe(1);
    expect(clock.pending).toEqual([]);
  });

  it('with revocation drops the tokens from the store, for all', async () => {
    const revocationUrl = 'https://auth.example/revoke';
    const processes = fleet(2, { revocationUrl });
    const { clock, endpoint } = processes;
    endpoint.reaction = (request, number) =>
      request.url === revocationUrl ? request.answer(200, '') : request.grant(`token-${number}`, 600);
    await clock.settle(member(processes, 0).provider.getToken());
    await clock.settle(member(processes, 0).provider.close({ revoke: true }));
    expect((await clock.settle(member(processes, 1).provider.getToken())).value).not.toBe('token-1');
  });
});

/** Lets time pass until the promise settles. */
async function passing<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const note = (): void => {
    isSettled = true;
  };
  promise.then(note, note);
  while (!isSettled) await clock.advance(20);
  return promise;
}

/** The key of the fleet's only token. */
async function keyOf({ members, store, clock, endpoint }: Fleet): Promise<string> {
  let key = '';
  const { store: inner } = { store: { ...store } };
  const spy: TokenStore = {
    ...inner,
    look: (asked) => {
      key = asked;
      return new Promise(() => {});
    },
  };
  const { provider } = providerUnderTest({ store: spy, clock, transport: endpoint.transport });
  const call = provider.getToken();
  while (key === '') await tick();
  await provider.close();
  await expect(call).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' });
  expect(members.length).toBeGreaterThan(0);
  return key;
}

function breakable(store: TokenStore, isBroken: () => boolean): TokenStore {
  const guarded = Object.entries(store).map(([name, method]) => {
    if (name === 'subscribe') return [name, method];
    const run = (...parameters: unknown[]): unknown =>
      isBroken()
        ? Promise.reject(new Error("READONLY You can't write against a read only replica."))
        : (method as (...all: unknown[]) => unknown)(...parameters);
    return [name, run];
  });
  return Object.fromEntries(guarded) as TokenStore;
}

it('a token of a narrower scope is refused also where another process put it, which did not mind', async () => {
  const { store, clock, endpoint } = fleet(0);
  endpoint.reaction = (request) => request.grant('token-1', 600, { scope: 'a' });
  const common = { store, clock, transport: endpoint.transport, scope: 'a b' };
  await clock.settle(providerUnderTest(common).provider.getToken());
  const strict = providerUnderTest({ ...common, rejectNarrowerScope: true }).provider;
  await expect(clock.settle(strict.getToken())).rejects.toMatchObject({
    code: 'ERR_TOKENFLIGHT_SCOPE_NOT_GRANTED',
    missing: ['b'],
  });
  expect(endpoint.requests).toHaveLength(1);
});

it('a token that is not bound is refused also where another process put it, which did not mind', async () => {
  const { store, clock, endpoint } = fleet(0);
  endpoint.grantAll(600);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const common = { store, clock, transport: endpoint.transport };
  const withKey = (required: boolean): DpopProver => dpop({ keyPair: { privateKey, publicKey }, required });
  await clock.settle(providerUnderTest({ ...common, dpop: withKey(false) }).provider.getToken());
  const strict = providerUnderTest({ ...common, dpop: withKey(true) }).provider;
  await expect(clock.settle(strict.getToken())).rejects.toMatchObject({
    code: 'ERR_TOKENFLIGHT_RESPONSE',
    message: expect.stringContaining('not bound to the key') as unknown,
    retryable: false,
  });
  expect(endpoint.requests).toHaveLength(1);
  endpoint.reaction = (request) => request.grant('bound', 600, { token_type: 'DPoP' });
  const bound = await clock.settle(
    providerUnderTest({ ...common, scope: 'b', dpop: withKey(false) }).provider.getToken(),
  );
  const other = providerUnderTest({ ...common, scope: 'b', dpop: withKey(true) }).provider;
  expect((await clock.settle(other.getToken())).id).toBe(bound.id);
});
