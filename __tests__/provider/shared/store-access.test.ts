import { describe, expect, it, jest } from '@jest/globals';
import type { DpopProver } from '../../../src/protocol/dpop.ts';
import { grant } from '../../../src/protocol/grant.ts';
import { tokenExchange } from '../../../src/protocol/token-exchange.ts';
import { sharedFlights } from '../../../src/provider/flight.ts';
import type { TokenProviderOptions } from '../../../src/provider/provider-options.ts';
import { StoreAccess } from '../../../src/provider/shared/store-access.ts';
import { unavailable } from '../../../src/provider/shared/store-guard.ts';
import type { StoreAnswer, StoreNews, TokenStore } from '../../../src/store/token-store.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import { type ClientIdentity, sharedCacheKey } from '../../../src/values/cache-key.ts';
import { canonicalTokenRequest } from '../../../src/values/token-request.ts';
import { accessUnderTest } from '../../fakes/access-under-test.ts';
import { tick } from '../../fakes/fake-clock.ts';

const request = canonicalTokenRequest({ scope: 'a' });
const client: ClientIdentity = {
  tokenUrl: 'https://auth.example/token',
  clientId: 'client',
  authenticationMethod: 'client_secret_basic',
  grantType: 'client_credentials',
  parts: ['[]'],
};
const prover: DpopProver = {
  isRequired: false,
  thumbprint: async () => 'the-thumbprint',
  prove: async () => 'a proof',
  remember: () => false,
};

// While a fleet is updated, its processes run different versions: a key that changes parts them.
describe('the key that processes share a token under', () => {
  it('is that of the client and the request, and of nothing that a process has for itself', async () => {
    const key = await sharedCacheKey(client, request);
    expect(await accessUnderTest().access.keyOf(request)).toBe(key);
    expect(await accessUnderTest({ clientSecret: 'renewed', timeoutMs: 9 }).access.keyOf(request)).toBe(key);
  });

  it('tells subjects and purposes apart', async () => {
    const { access } = accessUnderTest();
    expect(await access.keyOf(request, 'user-1')).toBe(await sharedCacheKey(client, request, 'user-1'));
    const parts = ['[]', 'for what'];
    expect(await access.keyOf(request, undefined, ['for what'])).toBe(
      await sharedCacheKey({ ...client, parts }, request),
    );
  });

  it.each<[string, Parameters<typeof accessUnderTest>[0], Partial<ClientIdentity>]>([
    ['the identity of the grant', { grant: { ...grant('urn:x'), identity: ['u'] } }, { parts: ['["u"]'] }],
    ['the key that tokens are bound to', { dpop: prover }, { parts: ['[]', 'dpop', 'the-thumbprint'] }],
  ])('tells apart by %s', async (_what, options, identity) => {
    const { access, config } = accessUnderTest(options);
    const { grantType } = config.endpoint.grant;
    expect(await access.keyOf(request)).toBe(await sharedCacheKey({ ...client, grantType, ...identity }, request));
  });

  it('tells tokens that are bound to a certificate from others', async () => {
    const { config, store } = accessUnderTest();
    const bound = { ...config, endpoint: { ...config.endpoint, certificateBoundTokens: true } };
    const access = new StoreAccess(bound, store, new EventHub(), () => {});
    expect(await access.keyOf(request)).toBe(await sharedCacheKey({ ...client, parts: ['[]', 'mtls'] }, request));
  });

  it('is that of the subject alone with a grant that has no identity of its own', async () => {
    const exchange = tokenExchange({ subjectToken: 'user-1' });
    const { access } = accessUnderTest({ grant: exchange });
    const { grantType, identity } = exchange;
    const parts = [JSON.stringify(identity ?? [])];
    expect(await access.keyOf(request, 'digest')).toBe(
      await sharedCacheKey({ ...client, grantType, parts }, request, 'digest'),
    );
    const bare = accessUnderTest({ grant: { grantType: 'urn:x', subject: () => ({ digest: 'd', parameters: {} }) } });
    expect(await bare.access.keyOf(request, 'd')).toBe(
      await sharedCacheKey({ ...client, grantType: 'urn:x', parts: ['[]'] }, request, 'd'),
    );
  });
});

describe('waiting for another process', () => {
  /** The pauses between looks that find a lease for `leaseMs`, until the tenth. */
  async function pausesOf(leaseMs: number, drawn: number): Promise<number[]> {
    const { access, clock } = accessUnderTest({ random: () => drawn });
    const looks: number[] = [];
    const found = access.untilFound('key', new AbortController().signal, async () => {
      looks.push(clock.monotonicMs());
      return looks.length < 10 ? { leaseMs } : { found: 'it' };
    });
    await clock.advance(10_000);
    expect(looks).toHaveLength(10);
    expect(await found).toBe('it');
    expect(clock.pending).toEqual([]);
    return looks.slice(1).map((atMs, index) => atMs - (looks[index] ?? 0));
  }

  it('looks for itself less and less often, each second or so at last, never in step with others', async () => {
    expect(await pausesOf(30_000, 0)).toEqual([25, 50, 100, 200, 400, 500, 500, 500, 500]);
    expect(await pausesOf(30_000, 0.25)).toEqual([37.5, 75, 150, 300, 600, 750, 750, 750, 750]);
  });

  it('looks when the lease is over, if that is sooner', async () => {
    expect(await pausesOf(60, 0)).toEqual([25, 50, 60, 60, 60, 60, 60, 60, 60]);
  });

  it('leaves a moment between two looks, whatever the store says', async () => {
    expect(await pausesOf(0, 0)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('looks again at once at news, also at those that come during a look', async () => {
    const listeners: ((news: StoreNews) => void)[] = [];
    const heard = (store: TokenStore): TokenStore => ({
      ...store,
      subscribe: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    });
    const { access, clock } = accessUnderTest({}, heard);
    const tell = (key: string): void => {
      for (const listener of listeners) listener({ type: 'settled', key });
    };
    let looks = 0;
    const found = access.untilFound('key', new AbortController().signal, async () => {
      looks++;
      if (looks === 1) tell('key');
      return looks < 3 ? { leaseMs: 30_000 } : { found: 'it' };
    });
    await tick();
    expect(looks).toBe(2);
    tell('another key');
    await tick();
    expect(looks).toBe(2);
    tell('key');
    expect(await found).toBe('it');
    expect(clock.pending).toEqual([]);

    const abort = jest.spyOn(AbortController.prototype, 'abort');
    tell('key');
    const { calls } = abort.mock;
    abort.mockRestore();
    expect(calls).toEqual([]); // nobody waits any more
  });

  it('ends with whoever waits, and looks no more', async () => {
    const { access, clock } = accessUnderTest();
    const waiting = new AbortController();
    let looks = 0;
    const found = access.untilFound('key', waiting.signal, async () => {
      if (++looks > 1) throw new Error('looked again');
      return { leaseMs: 30_000 };
    });
    const ended = expect(found).rejects.toThrow('given up');
    await tick();
    waiting.abort(new Error('given up'));
    await ended;
    expect(clock.pending).toEqual([]);
  });

  it('does not begin where nobody waits any more', async () => {
    const { access } = accessUnderTest();
    let looks = 0;
    const found = access.untilFound('key', AbortSignal.abort(new Error('given up')), async () => ({ found: ++looks }));
    await expect(found).rejects.toThrow('given up');
    expect(looks).toBe(0);
  });
});

describe('a look that was given up', () => {
  const lateLook = async (
    lease: 'held' | { remainingMs: number },
    options: Partial<TokenProviderOptions> = {},
  ): Promise<string[]> => {
    const released: string[] = [];
    let answer = (): void => {};
    const { access, slot, clock } = accessUnderTest(options, (store) => ({
      ...store,
      look: () =>
        new Promise((resolve) => {
          answer = () => resolve({ generation: 0, lease });
        }),
      release: async (_key, owner) => {
        released.push(owner);
        throw new Error('READONLY replica');
      },
    }));
    const look = access.look(slot, 'key', { owner: 'late', leaseMs: 3_000 });
    await tick();
    await clock.advance(500);
    expect(await look).toBe(unavailable);
    answer();
    await tick();
    return released;
  };

  it('gives back the lease that it was granted after all', async () => {
    expect(await lateLook('held')).toEqual(['late']);
  });

  it('gives it back by a call that the platform is told to see through', async () => {
    const kept: Promise<unknown>[] = [];
    const flights = { ...sharedFlights, keepAlive: (work: Promise<unknown>) => void kept.push(work) };
    expect(await lateLook('held', { flights })).toEqual(['late']);
    expect(kept).toHaveLength(1);
    await kept[0]; // does not reject
  });

  it('gives it back also where the answer came in time, and was none', async () => {
    const token = {} as NonNullable<StoreAnswer['token']>;
    const { access, slot, store } = accessUnderTest({}, (inner) => ({
      ...inner,
      look: async (...all) => ({ ...(await inner.look(...all)), token }),
    }));
    const check = (): never => {
      throw new Error('MALFORMED entry');
    };
    expect(await access.look(slot, 'key', { owner: 'one', leaseMs: 3_000 }, check)).toBe(unavailable);
    expect((await store.look('key', { owner: 'two', leaseMs: 3_000 })).lease).toBe('held');
  });

  it('gives nothing back where another has the lease', async () => {
    expect(await lateLook({ remainingMs: 100 })).toEqual([]);
  });
});

describe('an event about the store', () => {
  it('is not made where nobody listens', () => {
    let made = 0;
    class Unheard extends EventHub {
      override emit(): void {
        made++;
      }
    }
    const { config, store, slot } = accessUnderTest();
    new StoreAccess(config, store, new Unheard(), () => {}).tell(slot, { type: 'store-lease-lost' });
    expect(made).toBe(0);
  });

  it('says what it was about', async () => {
    const { access, slot, events, clock } = accessUnderTest({}, (store) => ({
      ...store,
      extend: () => Promise.reject(new Error('gone')),
    }));
    access.tell(slot, { type: 'store-waiting', leaseMs: 5 });
    const letGo = access.keepLease(slot, 'key', 'owner', new AbortController().signal, () => {});
    await clock.advance(1_000);
    letGo();
    expect(events).toEqual([
      { type: 'store-waiting', leaseMs: 5, request: { scope: 'a' } },
      { type: 'store-failed', operation: 'extend', why: 'error', pauseMs: 0, request: { scope: 'a' } },
    ]);
  });
});

describe('a lease', () => {
  it('is kept on through failures of the store, and is lost only when the store says so', async () => {
    const answers: (() => Promise<boolean>)[] = [
      async () => true,
      () => Promise.reject(new Error('gone')),
      async () => false,
    ];
    let lost = 0;
    const asked: unknown[] = [];
    const { access, slot, clock } = accessUnderTest({}, (store) => ({
      ...store,
      extend: (...all) => {
        asked.push(all);
        return answers.shift()?.() ?? Promise.resolve(true);
      },
    }));
    access.keepLease(slot, 'key', 'owner', new AbortController().signal, () => lost++);
    await clock.advance(2_000);
    expect(lost).toBe(0);
    await clock.advance(5_000);
    expect(lost).toBe(1);
    expect(asked).toEqual(Array.from({ length: 3 }, () => ['key', 'owner', 3_000]));
  });
});
