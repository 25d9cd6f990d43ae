import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { none, refreshToken, TokenProvider } from '../../src/index.ts';
import { tick } from '../fakes/fake-clock.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';
import { rotate, rotating } from '../fakes/rotating-provider.ts';
import type { ArrivedRequest } from '../fakes/scripted-endpoint.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { recorded } from '../servers/recorded-transport.ts';

describe('a refresh token', () => {
  it('is spent once: the next request sends the one that came', async () => {
    const { provider, clock, endpoint, sent } = rotating();
    expect((await clock.settle(provider.getToken())).value).toBe('at-1');
    await clock.advance(900_000);
    expect((await clock.settle(provider.getToken())).value).toBe('at-2');
    expect(sent()).toEqual(['rt-0', 'rt-1']);
    expect(endpoint.requests[0]?.form.get('grant_type')).toBe('refresh_token');
  });

  it('stays where the server does not rotate', async () => {
    const { provider, clock, endpoint, sent } = rotating();
    endpoint.grantAll(900);
    await clock.settle(provider.getToken());
    await clock.advance(900_000);
    await clock.settle(provider.getToken());
    expect(sent()).toEqual(['rt-0', 'rt-0']);
  });

  it.each([
    ['5', 5],
    ['null', null],
    ['an empty text', ''],
    ['a list', ['rt']],
    ['an object', {}],
    ['one of over 32 KB', 'x'.repeat(32_769)],
  ])('stays where the server sends %s for one', async (_, odd) => {
    const { provider, clock, endpoint, sent } = rotating();
    endpoint.reaction = (request) => request.grant('at', 900, { refresh_token: odd });
    await clock.settle(provider.getToken());
    await clock.settle(provider.getToken({ scope: 'other' }));
    expect(sent()).toEqual(['rt-0', 'rt-0']);
  });

  it('is sent by one request at a time, whoever asks for whatever scope', async () => {
    const { provider, clock, endpoint, sent } = rotating();
    endpoint.reaction = () => {};
    const scopes = ['a', 'b', 'c', 'd'];
    const calls = Array.from({ length: 40 }, (_, index) =>
      provider.getToken({ scope: scopes[index % scopes.length] ?? '' }),
    );
    for (const count of [1, 2, 3, 4]) {
      await clock.advance(0);
      expect(endpoint.requests).toHaveLength(count); // none other while this one is on its way
      rotate(endpoint.last, count);
    }
    const values = new Set((await Promise.all(calls)).map(({ value }) => value));
    expect([...values].sort()).toEqual(['at-1', 'at-2', 'at-3', 'at-4']);
    expect(sent()).toEqual(['rt-0', 'rt-1', 'rt-2', 'rt-3']);
  });

  it('may be read by a function: once, and not again while it is known', async () => {
    const read = jest.fn(async () => 'rt-of-the-vault');
    const { provider, clock, sent } = rotating({ refreshToken: read });
    expect(read).not.toHaveBeenCalled();
    await clock.settle(provider.getToken());
    await clock.settle(provider.getToken({ scope: 'other' }));
    expect(sent()).toEqual(['rt-of-the-vault', 'rt-1']);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('that cannot be read is no token request', async () => {
    const refresh = jest.fn<() => Promise<string>>();
    refresh.mockRejectedValueOnce(new Error('sealed'));
    refresh.mockResolvedValueOnce('');
    refresh.mockResolvedValue('rt-0');
    const { provider, clock, sent } = rotating({ refreshToken: refresh });
    await clock.settle(provider.getToken());
    expect(refresh).toHaveBeenCalledTimes(3);
    expect(sent()).toEqual(['rt-0']);
  });

  it('that came with an access token of no use is not lost', async () => {
    const { provider, clock, endpoint, sent } = rotating({}, { retry: { retries: 0 } });
    endpoint.reaction = (request, number) =>
      request.grant('at', number === 1 ? 0 : 900, { refresh_token: `rt-${number}` });
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_RESPONSE' });
    await clock.settle(provider.getToken({ scope: 'other' }));
    expect(sent()).toEqual(['rt-0', 'rt-1']);
  });

  it('that came with too narrow a scope is not lost', async () => {
    const { provider, clock, endpoint, sent } = rotating({}, { rejectNarrowerScope: true });
    endpoint.reaction = (request, number) => request.grant('at', 900, { scope: 'a', refresh_token: `rt-${number}` });
    await expect(clock.settle(provider.getToken({ scope: 'a b' }))).rejects.toMatchObject({ missing: ['b'] });
    await clock.settle(provider.getToken({ scope: 'a' }));
    expect(sent()).toEqual(['rt-0', 'rt-1']);
  });
});

describe('onRotate', () => {
  it('is awaited before anyone gets the access token', async () => {
    let keep = (): void => {};
    const onRotate = jest.fn((_token: string) => new Promise<void>((resolve) => (keep = resolve)));
    const { provider, clock } = rotating({ onRotate });
    const callers = [provider.getToken(), provider.getToken()];
    let got = 0;
    for (const caller of callers) void caller.then(() => got++);
    await clock.advance(1_000);
    expect(onRotate).toHaveBeenCalledWith('rt-1');
    expect([got, provider.peek()]).toEqual([0, undefined]);
    keep();
    await Promise.all(callers);
    expect(onRotate).toHaveBeenCalledTimes(1);
  });

  it('that fails costs nobody the token at hand, and is told by the next request, before which it is called again', async () => {
    const onRotate = jest.fn<(token: string) => Promise<void>>();
    onRotate.mockRejectedValueOnce(new Error('disk is full')).mockRejectedValueOnce(new Error('disk is full'));
    const { provider, clock, sent } = rotating({ onRotate }, { retry: { retries: 0 }, coolDown: { minDelayMs: 1 } });
    await clock.settle(provider.getToken());
    const next = provider.getToken({ scope: 'other' });
    await expect(clock.settle(next)).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE',
      cause: { message: 'disk is full' },
    });
    expect(sent()).toEqual(['rt-0']); // a token that is kept nowhere is not spent
    await clock.advance(10);
    await clock.settle(provider.getToken({ scope: 'other' }));
    expect(sent()).toEqual(['rt-0', 'rt-1']);
    expect(onRotate.mock.calls).toEqual([['rt-1'], ['rt-1'], ['rt-1'], ['rt-2']]);
  });

  it('that takes so long that a newer one comes hands the newest over again', async () => {
    const stored: string[] = [];
    let finishFirst = (): void => {};
    const onRotate = jest.fn(async (token: string) => {
      if (onRotate.mock.calls.length === 1) await new Promise<void>((resolve) => (finishFirst = resolve));
      stored.push(token);
    });
    const { provider, clock, sent } = rotating({ onRotate }, { attemptTimeoutMs: 1_000, timeoutMs: 5_000 });
    await Promise.all([provider.getToken(), clock.advance(5_000)]); // the first attempt is given up, the second goes on
    expect(stored).toEqual(['rt-1', 'rt-2']);
    finishFirst();
    await tick();
    expect(stored).toEqual(['rt-1', 'rt-2', 'rt-1']); // too late, and now the file has an old one
    await clock.settle(provider.getToken({ scope: 'other' }));
    expect(stored).toEqual(['rt-1', 'rt-2', 'rt-1', 'rt-2', 'rt-3']);
    expect(sent()).toEqual(['rt-0', 'rt-1', 'rt-2']);
  });

  it('is enough to go on with after a crash: what it was given is what the next process sends', async () => {
    let vault = 'rt-0';
    const options = {
      refreshToken: () => vault,
      onRotate: (token: string) => {
        vault = token;
      },
    };
    const first = rotating(options);
    await first.clock.settle(first.provider.getToken());
    const second = rotating(options); // the first is gone without a word
    await second.clock.settle(second.provider.getToken());
    expect([first.sent(), second.sent()]).toEqual([['rt-0'], ['rt-1']]);
  });
});

describe('a refresh that goes wrong', () => {
  it('on the network is tried again with the same token, since nobody knows whether it was spent', async () => {
    const { provider, clock, endpoint, sent } = rotating();
    endpoint.reaction = (request, number) => (number === 1 ? request.fail() : rotate(request, number));
    const token = await clock.settle(provider.getToken());
    expect(token.value).toBe('at-2');
    expect(sent()).toEqual(['rt-0', 'rt-0']);
  });

  it('by hanging does not hold the turns of others', async () => {
    const { provider, clock, endpoint, sent } = rotating({}, { attemptTimeoutMs: 1_000, retry: { retries: 0 } });
    endpoint.reaction = (request, number) => number > 1 && rotate(request, number);
    const hanging = expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_TIMEOUT' });
    await clock.advance(500);
    const waiting = provider.getToken({ scope: 'other' });
    await Promise.all([hanging, clock.advance(500)]);
    expect((await clock.settle(waiting)).value).toBe('at-2');
    expect(sent()).toEqual(['rt-0', 'rt-0']);
  });

  it('whose time is over before its turn comes sends nothing', async () => {
    const grant = refreshToken({ refreshToken: 'rt-0' });
    const slow = providerUnderTest({ grant, attemptTimeoutMs: 5_000 });
    const hasty = providerUnderTest({ grant, attemptTimeoutMs: 1_000, retry: { retries: 0 } });
    const first = slow.provider.getToken();
    await slow.clock.advance(0);
    const error = { code: 'ERR_TOKENFLIGHT_TIMEOUT' };
    await Promise.all([expect(hasty.provider.getToken()).rejects.toMatchObject(error), hasty.clock.advance(1_000)]);
    rotate(slow.endpoint.last, 1);
    await slow.clock.settle(first);
    await hasty.clock.advance(10_000);
    expect(hasty.endpoint.requests).toEqual([]);
  });

  it('goes on for the others when one caller gives up', async () => {
    const { provider, clock, endpoint } = rotating();
    endpoint.reaction = () => {};
    const controller = new AbortController();
    const reason = new Error('enough');
    const impatient = expect(provider.getToken({}, { signal: controller.signal })).rejects.toBe(reason);
    const patient = provider.getToken();
    await clock.advance(0);
    controller.abort(reason);
    await impatient;
    rotate(endpoint.last, 1);
    expect((await clock.settle(patient)).value).toBe('at-1');
  });

  it('does not send what was prepared too late, even over a transport that ignores its signal', async () => {
    let read = (_token: string): void => {};
    const sent: string[] = [];
    const { provider, clock } = rotating(
      { refreshToken: () => new Promise<string>((resolve) => (read = resolve)) },
      {
        attemptTimeoutMs: 1_000,
        retry: { retries: 0 },
        transport: async (url: string) => {
          sent.push(url);
          return Response.json({ access_token: 'at' });
        },
      },
    );
    const call = expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_TIMEOUT' });
    await Promise.all([call, clock.advance(1_000)]);
    read('rt-0');
    await tick();
    expect(sent).toEqual([]);
  });
});

describe('invalid_grant', () => {
  const refuseSpent = (request: ArrivedRequest, number: number): void =>
    request.form.get('refresh_token') === 'rt-new'
      ? rotate(request, number)
      : request.answer(400, { error: 'invalid_grant' });

  it('is final where the token was given as such', async () => {
    const { provider, clock, endpoint, sent } = rotating();
    endpoint.reaction = refuseSpent;
    const error = { error: 'invalid_grant', retryable: false };
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject(error);
    expect(sent()).toEqual(['rt-0']);
  });

  it('is cured at once where another process has put a newer one there', async () => {
    let vault = 'rt-0';
    const { provider, clock, endpoint, sent, count } = rotating({ refreshToken: () => vault });
    endpoint.reaction = (request, number) => {
      if (number === 1) vault = 'rt-new';
      refuseSpent(request, number);
    };
    expect((await clock.settle(provider.getToken())).value).toBe('at-2');
    expect(sent()).toEqual(['rt-0', 'rt-new']);
    expect(count('credential-reread')).toBe(1);
  });

  it.each<[string, (calls: number) => string | Promise<string>]>([
    ['gives the same', () => 'rt-0'],
    ['fails', (calls) => (calls === 1 ? 'rt-0' : Promise.reject(new Error('sealed')))],
    ['gives nothing', (calls) => (calls === 1 ? 'rt-0' : '')],
  ])('stays what it is where reading again %s', async (_, answer) => {
    let calls = 0;
    const { provider, clock, endpoint, sent } = rotating({ refreshToken: () => answer(++calls) });
    endpoint.reaction = refuseSpent;
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({ error: 'invalid_grant' });
    expect([sent(), calls]).toEqual([['rt-0'], 2]);
  });

  it('never brings a spent token back that is still there because nobody keeps the rotated ones', async () => {
    const { provider, clock, endpoint, sent } = rotating({ refreshToken: () => 'rt-0' });
    endpoint.reaction = (request, number) => (number === 1 ? rotate(request, 1) : refuseSpent(request, number));
    await clock.settle(provider.getToken());
    await expect(clock.settle(provider.getToken({ scope: 'other' }))).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(sent()).toEqual(['rt-0', 'rt-1']);
  });

  it('of a second token is final too: no loop', async () => {
    let calls = 0;
    const { provider, clock, endpoint, sent } = rotating({ refreshToken: () => `rt-old-${++calls}` });
    endpoint.reaction = refuseSpent;
    await expect(clock.settle(provider.getToken())).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(sent()).toEqual(['rt-old-1', 'rt-old-2']);
  });
});

describe('a certified server that rotates, and revokes everything when a spent token comes back', () => {
  let server: CertifiedServer;
  beforeAll(async () => {
    server = await CertifiedServer.start({
      clients: [
        {
          client_id: 'app',
          token_endpoint_auth_method: 'none',
          grant_types: ['refresh_token', 'authorization_code'],
          response_types: ['code'],
          redirect_uris: ['https://app.example/callback'],
        },
      ],
    });
  });
  afterAll(() => server.close());

  it('is content with 30 callers of three scopes, five times over', async () => {
    const first = await server.issueRefreshToken('app', 'api:read api:write offline_access');
    const kept: string[] = [];
    const grant = refreshToken({
      refreshToken: first,
      onRotate: (token) => {
        kept.push(token);
      },
    });
    const { transport, sent } = recorded();
    const provider = new TokenProvider({
      tokenUrl: server.tokenUrl,
      clientAuthentication: none('app'),
      grant,
      transport,
      forcedRefreshIntervalMs: 0,
    });
    for (let round = 0; round < 5; round++) {
      const calls = Array.from({ length: 30 }, (_, index) =>
        provider.getToken(
          { scope: ['api:read', 'api:write', 'offline_access'][index % 3] ?? '' },
          { forceRefresh: true },
        ),
      );
      const tokens = await Promise.all(calls);
      expect(new Set(tokens.map(({ id }) => id)).size).toBe(3);
    }
    const spent = sent.map(({ form }) => form.get('refresh_token'));
    expect(spent).toHaveLength(15);
    expect(spent).toEqual([first, ...kept.slice(0, -1)]);
    expect(new Set(spent).size).toBe(15);
  });
});
