import { describe, expect, it } from '@jest/globals';
import { type RefreshTokenOptions, refreshToken } from '../../src/protocol/refresh-token.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { type FakeClock, tick } from '../fakes/fake-clock.ts';
import { fleet } from '../fakes/fleet.ts';
import { type ProviderUnderTest, providerUnderTest } from '../fakes/provider-under-test.ts';
import type { ScriptedEndpoint } from '../fakes/scripted-endpoint.ts';

/** An endpoint that rotates: each refresh token is good once; one that is sent a second time ends the family. */
function rotate(endpoint: ScriptedEndpoint, first: string): { readonly sent: string[]; isRevoked: boolean } {
  const state = { sent: [] as string[], isRevoked: false };
  let good = first;
  endpoint.reaction = (request) => {
    const given = request.form.get('refresh_token') ?? '';
    if (state.sent.includes(given)) state.isRevoked = true;
    state.sent.push(given);
    if (given !== good || state.isRevoked) return request.answer(400, { error: 'invalid_grant' });
    good = `rt-${state.sent.length}`;
    request.grant(`token-${state.sent.length}`, 600, { refresh_token: good });
  };
  return state;
}

function setUp(): {
  readonly store: TokenStore;
  readonly endpoint: ScriptedEndpoint;
  start(first: string, subject?: string): ProviderUnderTest;
} {
  const { store, endpoint, clock } = fleet(0);
  return {
    store,
    endpoint,
    start: (first, subject = 'user-1') =>
      providerUnderTest({
        store,
        clock,
        transport: endpoint.transport,
        grant: refreshToken({ refreshToken: () => first, subject }),
      }),
  };
}

describe('a refresh token that processes share', () => {
  it('is spent once, whoever asks for whatever', async () => {
    const { endpoint, start } = setUp();
    const server = rotate(endpoint, 'rt-0');
    const members = Array.from({ length: 5 }, () => start('rt-0'));
    const { clock } = members[0] as ProviderUnderTest;
    const calls = members.flatMap(({ provider }) => [provider.getToken(), provider.getToken({ scope: 'b' })]);
    let isSettled = false;
    const all = Promise.all(calls).finally(() => {
      isSettled = true;
    });
    while (!isSettled) await clock.advance(20);
    const values = (await all).map(({ value }) => value);
    expect(new Set(values)).toEqual(new Set(['token-1', 'token-2']));
    expect(server).toEqual({ sent: ['rt-0', 'rt-1'], isRevoked: false });
  });

  it('is found in the store by a process that starts with a spent one', async () => {
    const { endpoint, start } = setUp();
    const server = rotate(endpoint, 'rt-0');
    const first = start('rt-0').provider;
    for (const scope of ['a', 'b', 'c']) await first.getToken({ scope });
    expect((await start('rt-0').provider.getToken({ scope: 'd' })).value).toBe('token-4');
    expect((await start('rt-2').provider.getToken({ scope: 'e' })).value).toBe('token-5');
    expect(server).toEqual({ sent: ['rt-0', 'rt-1', 'rt-2', 'rt-3', 'rt-4'], isRevoked: false });
  });

  it('gives way to that of a new login', async () => {
    const { endpoint, start } = setUp();
    rotate(endpoint, 'rt-0');
    await start('rt-0').provider.getToken({ scope: 'a' });
    const server = rotate(endpoint, 'new-login');
    await start('new-login').provider.getToken({ scope: 'b' });
    expect(server.sent).toEqual(['new-login']);
  });

  it('is tried where the one that is configured is of another family, and refused', async () => {
    const { endpoint, start } = setUp();
    const server = rotate(endpoint, 'rt-0');
    await start('rt-0').provider.getToken({ scope: 'a' });
    await start('forgotten').provider.getToken({ scope: 'b' });
    expect(server.sent).toEqual(['rt-0', 'forgotten', 'rt-1']);
  });

  it('is kept apart by subject', async () => {
    const { endpoint, start } = setUp();
    endpoint.reaction = (request, number) =>
      request.grant(`token-${number}`, 600, { refresh_token: `${request.form.get('refresh_token')}+` });
    const one = await start('rt-of-1', 'user-1').provider.getToken();
    const two = await start('rt-of-2', 'user-2').provider.getToken();
    expect([one.value, two.value]).toEqual(['token-1', 'token-2']);
    expect(endpoint.requests.map(({ form }) => form.get('refresh_token'))).toEqual(['rt-of-1', 'rt-of-2']);
  });

  it('needs a subject', () => {
    const { store } = setUp();
    expect(() => providerUnderTest({ store, grant: refreshToken({ refreshToken: 'rt' }) })).toThrow(/grant.identity/);
  });

  it('is used without the store while that fails', async () => {
    const { endpoint, start, store } = setUp();
    rotate(endpoint, 'rt-0');
    Object.assign(store, { look: () => Promise.reject(new Error('LOADING')) });
    const { provider } = start('rt-0');
    await provider.getToken({ scope: 'a' });
    expect((await provider.getToken({ scope: 'b' })).value).toBe('token-2');
  });

  describe('outlives that one process misses an answer of the store', () => {
    /** Two processes, one of whose looks can be made to hang. */
    function two(options: Partial<RefreshTokenOptions> = {}): {
      readonly server: ReturnType<typeof rotate>;
      readonly ill: ProviderUnderTest;
      readonly well: ProviderUnderTest;
      readonly clock: FakeClock;
      readonly hiccup: { isOn: boolean };
    } {
      const { endpoint, store, clock } = fleet(0);
      const server = rotate(endpoint, 'rt-0');
      const hiccup = { isOn: false };
      const hanging: TokenStore = {
        ...store,
        look: (...all) => (hiccup.isOn ? new Promise(() => {}) : store.look(...all)),
      };
      const start = (of: TokenStore): ProviderUnderTest => {
        const grant = refreshToken({ refreshToken: 'rt-0', subject: 'user-1', ...options });
        return providerUnderTest({ store: of, clock, transport: endpoint.transport, grant });
      };
      return { server, ill: start(hanging), well: start(store), clock, hiccup };
    }

    async function inTime<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
      let isSettled = false;
      const note = (): void => {
        isSettled = true;
      };
      promise.then(note, note);
      for (let round = 0; !isSettled; round++) {
        if (round === 1_000) throw new Error('it does not settle');
        await clock.advance(20);
      }
      return promise;
    }

    it('for a token that it needs: what it got reaches the store once that is back', async () => {
      const { server, ill, well, clock, hiccup } = two();
      await inTime(clock, well.provider.getToken({ scope: 'a' }));
      await inTime(clock, ill.provider.getToken({ scope: 'b' }));
      hiccup.isOn = true;
      await inTime(clock, ill.provider.getToken({ scope: 'c' }));
      hiccup.isOn = false;
      for (let round = 0; round < 100; round++) await clock.advance(100);
      await inTime(clock, well.provider.getToken({ scope: 'd' }));
      expect(server).toEqual({ sent: ['rt-0', 'rt-1', 'rt-2', 'rt-3'], isRevoked: false });
    });

    it('while it has a valid token: nothing is spent, and it tries again', async () => {
      const { server, ill, well, clock, hiccup } = two();
      await inTime(clock, well.provider.getToken());
      await inTime(clock, ill.provider.getToken()); // found in the store: it knows of no refresh token but the first
      for (let round = 0; round < 80; round++) await clock.advance(5_000);
      hiccup.isOn = true;
      expect((await ill.provider.getToken()).value).toBe('token-1');
      const failed = ill.next('refresh-failed');
      await inTime(clock, failed);
      expect((await failed).error).toMatchObject({ code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE', retryable: true });
      hiccup.isOn = false;
      for (let round = 0; round < 100; round++) await clock.advance(100);
      const renewed = ill.next('refresh-succeeded');
      ill.provider.peek();
      await inTime(clock, renewed);
      expect(server).toEqual({ sent: ['rt-0', 'rt-1'], isRevoked: false });
    });

    it.each([
      ['is read anew where that is kept by onRotate', true, 'rt-2'],
      ['is not read anew where it is kept by nothing', false, 'rt-1'],
    ])('and the newest %s', async (_what, isKept, last) => {
      let kept = 'rt-0';
      const onRotate = (token: string): void => {
        kept = token;
      };
      const options = { refreshToken: () => kept, ...(isKept && { onRotate }) };
      const { server, ill, well, clock, hiccup } = two(options);
      await inTime(clock, ill.provider.getToken({ scope: 'a' }));
      await inTime(clock, well.provider.getToken({ scope: 'b' }));
      hiccup.isOn = true;
      await inTime(
        clock,
        ill.provider.getToken({ scope: 'c' }).catch(() => {}),
      );
      expect(server.sent).toEqual(['rt-0', 'rt-1', last]);
    });
  });

  it('is kept in the store also when its process closes while the request is out', async () => {
    const { endpoint, start } = setUp();
    const arrival = endpoint.nextRequest();
    const { provider } = start('rt-0');
    const call = provider.getToken();
    const request = await arrival;
    const closing = provider.close();
    await expect(call).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' });
    request.grant('token-1', 600, { refresh_token: 'rt-1' });
    await closing;
    for (let round = 0; round < 20; round++) await tick();
    const server = rotate(endpoint, 'rt-1');
    const { provider: next, clock } = start('rt-0');
    const token = next.getToken({ scope: 'b' });
    let isSettled = false;
    token.then(
      () => {
        isSettled = true;
      },
      () => {
        isSettled = true;
      },
    );
    while (!isSettled) await clock.advance(20);
    await token;
    expect(server.sent).toEqual(['rt-1']);
  });
});
