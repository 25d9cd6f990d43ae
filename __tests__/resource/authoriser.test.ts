import { describe, expect, it, jest } from '@jest/globals';
import { Authoriser, type BearerOptions, type SentRequest, type Verdict } from '../../src/resource/authoriser.ts';
import { EventHub, publishEventHub } from '../../src/telemetry/event-hub.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import type { TokenRequest } from '../../src/values/token-request.ts';
import type { GetTokenOptions, TokenSource } from '../../src/values/token-source.ts';
import { thrownBy } from '../protocol/answer-of.ts';

const ORIGIN = 'https://api.example';

const tokenOf = (value: string): AccessToken =>
  new AccessToken({ value, tokenType: 'Bearer', id: `id-of-${value}`, expiresAtMs: Number.NaN });
const old = tokenOf('old');
const newer = tokenOf('newer');

/** A token source that notes how it is asked, and tells events if it has a hub. */
class FakeSource implements TokenSource {
  readonly asked: (readonly [request: TokenRequest | undefined, options: GetTokenOptions | undefined])[] = [];
  readonly invalidated: AccessToken[] = [];
  readonly events: TokenEvent[] = [];
  give: () => Promise<AccessToken> = () => Promise.resolve(newer);

  static withHub(): FakeSource {
    const source = new FakeSource();
    const hub = new EventHub();
    hub.subscribe((event) => source.events.push(event));
    publishEventHub(source, hub);
    return source;
  }

  getToken(request?: TokenRequest, options?: GetTokenOptions): Promise<AccessToken> {
    this.asked.push([request, options]);
    return this.give();
  }

  invalidate(token: AccessToken): Promise<boolean> {
    this.invalidated.push(token);
    return Promise.resolve(true);
  }
}

const authoriserOf = (source: TokenSource = new FakeSource(), options: Partial<BearerOptions> = {}): Authoriser =>
  new Authoriser(source, { origins: ORIGIN, ...options });

describe('options', () => {
  it.each<[string, unknown, unknown]>([
    ['source', undefined, { origins: ORIGIN }],
    ['source', null, { origins: ORIGIN }],
    ['source', { getToken: () => {} }, { origins: ORIGIN }],
    ['source', { invalidate: () => {} }, { origins: ORIGIN }],
    ['origins', new FakeSource(), undefined],
    ['origins', new FakeSource(), null],
    ['origins', new FakeSource(), {}],
    ['origins', new FakeSource(), ORIGIN],
    ['otherOrigins', new FakeSource(), { origins: ORIGIN, otherOrigins: 'ignore' }],
    ['allowInsecure', new FakeSource(), { origins: ORIGIN, allowInsecure: 'yes' }],
    ['replay', new FakeSource(), { origins: ORIGIN, replay: false }],
    ['origin', new FakeSource(), { origins: ORIGIN, origin: ORIGIN }],
    ['request', new FakeSource(), { origins: ORIGIN, request: null }],
    ['replay.method', new FakeSource(), { origins: ORIGIN, replay: { method: 'none' } }],
    ['replay.methods', new FakeSource(), { origins: ORIGIN, replay: { methods: 'GET' } }],
  ])('that will not do are refused by name: %s', (option, source, options) => {
    expect(thrownBy(() => new Authoriser(source as TokenSource, options as BearerOptions))).toMatchObject({
      code: 'ERR_TOKENFLIGHT_CONFIGURATION',
      option,
    });
  });
});

describe('whether a URL may have a token', () => {
  const INSECURE = 'ERR_TOKENFLIGHT_INSECURE_URL';
  const FOREIGN = 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED';
  const everywhere = { origins: () => true };

  it.each<[string, Partial<BearerOptions>, code: string | undefined]>([
    ['https://api.example/v2?x=1', {}, undefined],
    ['https://other.example/v2', {}, FOREIGN],
    ['http://api.example/v2', {}, FOREIGN],
    ['http://other.example/v2', everywhere, INSECURE],
    ['http://127.0.0.1.evil.example', everywhere, INSECURE],
    ['ws://api.example', everywhere, FOREIGN],
    ['blob:https://api.example/1b671a64', {}, FOREIGN],
    ['data:text/plain,hello', { ...everywhere, allowInsecure: true }, FOREIGN],
    ['http://localhost:3000/v2', everywhere, undefined],
    ['http://other.example/v2', { ...everywhere, allowInsecure: true }, undefined],
    ['http://api.example/v2', { origins: 'http://api.example', allowInsecure: true }, undefined],
    ['http://other.example/v2', { allowInsecure: true }, FOREIGN],
    ['https://api.example/v2', { origins: () => false }, FOREIGN],
  ])('%s with %j', (url, options, code) => {
    const check = (): string => {
      authoriserOf(new FakeSource(), options).check(new URL(url));
      return 'allowed';
    };
    if (code === undefined) expect(check()).toBe('allowed');
    else expect(thrownBy(check)).toMatchObject({ code, origin: new URL(url).origin });
  });
});

describe('a URL of another origin', () => {
  const passing = authoriserOf(new FakeSource(), { otherOrigins: 'pass' });

  it.each(['https://other.example/', 'http://api.example/', 'http://other.example/', 'file:///etc/passwd'])(
    'passes without a token where that is meant: %s',
    (url) => {
      expect(passing.admits(new URL(url))).toBe(false);
      expect(thrownBy(() => passing.check(new URL(url)))).toMatchObject({ code: 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED' });
    },
  );

  it('does not make an allowed one pass without a token', () => {
    expect(passing.admits(new URL('https://api.example/'))).toBe(true);
    const everywhere = authoriserOf(new FakeSource(), { origins: () => true, otherOrigins: 'pass' });
    expect(thrownBy(() => everywhere.admits(new URL('http://other.example/')))).toMatchObject({
      code: 'ERR_TOKENFLIGHT_INSECURE_URL',
    });
  });

  it('is refused otherwise', () => {
    const refusing = authoriserOf(new FakeSource(), { otherOrigins: 'refuse' });
    expect(thrownBy(() => refusing.admits(new URL('https://other.example/')))).toMatchObject({
      code: 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED',
    });
  });
});

describe('a token is asked for', () => {
  it("as the adapter was told, with the caller's signal and nothing else", async () => {
    const source = new FakeSource();
    const request = { scope: 'read' };
    const authoriser = authoriserOf(source, { request });
    const { signal } = new AbortController();
    expect(await authoriser.getToken(signal)).toBe(newer);
    await authoriser.getToken(null);
    await authoriserOf(source).getToken();
    expect(source.asked).toEqual([
      [request, { signal }],
      [request, undefined],
      [undefined, undefined],
    ]);
  });
});

describe('what a single call asks for', () => {
  const base = { scope: 'read', audience: 'api', parameters: { a: '1', b: '2' } };

  it.each<[string, TokenRequest | undefined, TokenRequest | undefined, TokenRequest | undefined]>([
    ['nothing', base, undefined, base],
    ['all there is', undefined, { scope: 'write' }, { scope: 'write' }],
    [
      'a part',
      base,
      { scope: 'write', parameters: { b: '3' } },
      { ...base, scope: 'write', parameters: { a: '1', b: '3' } },
    ],
    ['no value', base, { scope: undefined }, base],
  ])('is filled from the option: %s', async (_, request, own, asked) => {
    const source = new FakeSource();
    await authoriserOf(source, { request }).getToken(null, own);
    expect(source.asked).toEqual([[asked, undefined]]);
  });

  it.each<unknown>([null, 'write', { ...base, scopes: 'write' }])('is for the source to refuse: %j', async (own) => {
    const source = new FakeSource();
    await authoriserOf(source, { request: { scope: 'read' } }).getToken(null, own as TokenRequest);
    expect(source.asked[0]?.[0]).toEqual(own);
  });

  it('counts for the replay as well', async () => {
    const source = new FakeSource();
    await authoriserOf(source).tokenForReplay({ ...sent, tokenRequest: { scope: 'write' } }, rejected);
    expect(source.asked).toEqual([[{ scope: 'write' }, undefined]]);
  });
});

describe('a token at once', () => {
  it('is the one that the source has at hand', () => {
    const asked: unknown[] = [];
    const source: TokenSource = Object.assign(new FakeSource(), {
      peek: (request?: TokenRequest) => {
        asked.push(request);
        return newer;
      },
    });
    const authoriser = authoriserOf(source, { request: { scope: 'read' } });
    expect(authoriser.peekToken()).toBe(newer);
    expect(authoriser.peekToken(new AbortController().signal, { audience: 'api' })).toBe(newer);
    expect(asked).toEqual([{ scope: 'read' }, expect.objectContaining({ scope: 'read', audience: 'api' })]);
  });

  it('is not to be had from a source that only promises, nor for a caller who has left', () => {
    expect(authoriserOf().peekToken()).toBeUndefined();
    const source = Object.assign(new FakeSource(), { peek: () => newer });
    expect(authoriserOf(source).peekToken(AbortSignal.abort())).toBeUndefined();
  });

  it('has its header at once, which is as safe as any', () => {
    expect(authoriserOf().bearerHeaders(newer)).toEqual({ authorization: 'Bearer newer' });
    expect(thrownBy(() => authoriserOf().bearerHeaders(tokenOf('a\r\nb')))).toMatchObject({
      code: 'ERR_TOKENFLIGHT_UNSAFE_TOKEN',
    });
  });
});

const headersOf = (value: string): Promise<object> =>
  authoriserOf().headers(tokenOf(value), new URL('https://api.example/v2/users'), 'GET');

describe('the header', () => {
  it('has scheme and token, and nothing is proved of a bearer', async () => {
    expect(await headersOf('00D!a|b.c-_~+/=')).toEqual({ authorization: 'Bearer 00D!a|b.c-_~+/=' });
  });

  it.each(['', 'a b', 'a\r\nX-Injected: 1', 'a\n', 'tökn', 'a\u0000', '\ufeffa'])(
    'is not made of the token %j, and the error does not show it',
    async (value) => {
      const error = (await headersOf(value).catch((thrown: unknown) => thrown)) as Error;
      expect(error).toMatchObject({ code: 'ERR_TOKENFLIGHT_UNSAFE_TOKEN' });
      if (value !== '') expect(error.message).not.toContain(value);
    },
  );

  it.each<[string, object]>([
    ['no value', { tokenType: 'Bearer', id: 'x' }],
    ['a value that is no text', { value: 12_345, tokenType: 'Bearer', id: 'x' }],
    ['no type', { value: 'a', id: 'x' }],
    ['a type that would end the header', { value: 'hush', tokenType: 'Bearer\r\nX-Injected: 1', id: 'x' }],
    ['a type of two words', { value: 'hush', tokenType: 'Bearer other', id: 'x' }],
  ])('is not made of a token that a hand-made source gives with %s', async (_, made) => {
    const { url, method } = sent;
    const error = await authoriserOf()
      .headers(made as AccessToken, url, method)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_TOKENFLIGHT_UNSAFE_TOKEN' });
    expect(String(error)).not.toContain('hush');
  });
});

const sent: SentRequest = {
  url: new URL('https://api.example/v2/users?secret=1'),
  method: 'GET',
  body: { bytes: 0 },
  token: old,
  isReplay: false,
};
const rejected: Verdict = { status: 401, wwwAuthenticate: 'Bearer error="invalid_token"' };

describe('an answer that does not reject the token', () => {
  it.each<Verdict>([
    { status: 200, wwwAuthenticate: null },
    { status: 400, wwwAuthenticate: 'Bearer error="invalid_token"' },
    { status: 403, wwwAuthenticate: 'Bearer error="insufficient_scope"' },
    { status: 401, wwwAuthenticate: 'Bearer error="insufficient_scope"' },
    { status: 401, wwwAuthenticate: 'DPoP error="use_dpop_nonce"' },
    { status: 500, wwwAuthenticate: undefined },
  ])('goes to the caller, and nothing else happens: %j', async (verdict) => {
    const source = FakeSource.withHub();
    expect(await authoriserOf(source).tokenForReplay(sent, verdict)).toBeUndefined();
    expect([source.invalidated, source.asked, source.events]).toEqual([[], [], []]);
  });
});

it.each([
  [200, false],
  [403, false],
  [401, true],
])('whether there is a conclusion to draw from an answer: %i %p', (status, expected) => {
  expect(authoriserOf().hears(sent, { status, wwwAuthenticate: null })).toBe(expected);
});

describe('an answer that rejects the token', () => {
  it.each<[string, string | null | undefined]>([
    ['with the reason', 'Bearer error="invalid_token"'],
    ['without a reason', 'Bearer realm="x"'],
    ['without a challenge', null],
    ['without a header', undefined],
  ])('%s has that very token dropped and gives the newer one', async (_, wwwAuthenticate) => {
    const source = FakeSource.withHub();
    const request = { scope: 'read' };
    const { signal } = new AbortController();
    const authoriser = authoriserOf(source, { request });
    expect(await authoriser.tokenForReplay(sent, { status: 401, wwwAuthenticate }, signal)).toBe(newer);
    expect(source.invalidated).toEqual([old]);
    expect(source.asked).toEqual([[request, { signal }]]);
    expect(source.events).toEqual([
      { type: 'replayed', origin: ORIGIN, rejectedTokenId: 'id-of-old', tokenId: 'id-of-newer' },
    ]);
  });

  it.each<[string, Partial<SentRequest>, Partial<BearerOptions>]>([
    ['already-replayed', { isReplay: true }, {}],
    ['already-replayed', { isReplay: true, body: 'spent' }, { replay: { methods: 'none' } }],
    ['body-not-replayable', { method: 'POST', body: 'spent' }, {}],
    ['body-too-large', { method: 'POST', body: 'too-large' }, {}],
    ['body-too-large', { method: 'POST', body: { bytes: 11 } }, { replay: { maxBodyBytes: 10 } }],
    ['method', { method: 'POST' }, { replay: { methods: 'idempotent' } }],
    ['method', {}, { replay: { methods: 'none' } }],
    ['method', { method: 'POST', wasRedirected: true }, {}],
  ])('has the token dropped, but is not followed by a replay: %s, %j', async (why, more, options) => {
    const source = FakeSource.withHub();
    expect(await authoriserOf(source, options).tokenForReplay({ ...sent, ...more }, rejected)).toBeUndefined();
    expect(source.invalidated).toEqual([old]);
    expect(source.asked).toEqual([]); // the token is renewed for the next request, not for this one
    expect(source.events).toEqual([{ type: 'replay-skipped', origin: ORIGIN, rejectedTokenId: 'id-of-old', why }]);
  });

  it.each<[string, () => Promise<AccessToken>]>([
    ['no-newer-token', () => Promise.resolve(tokenOf('old'))],
    ['refresh-failed', () => Promise.reject(new Error('the token endpoint is down'))],
  ])('goes to the caller where no other token can be had: %s', async (why, give) => {
    const source = FakeSource.withHub();
    source.give = give;
    expect(await authoriserOf(source).tokenForReplay(sent, rejected)).toBeUndefined();
    expect(source.events).toEqual([{ type: 'replay-skipped', origin: ORIGIN, rejectedTokenId: 'id-of-old', why }]);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('a source of its own making');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a source of its own making'))],
    ['returns nothing', () => {}],
  ])('is answered as ever where a hand-made source, told of it, %s', async (_, invalidate) => {
    const source = Object.assign(new FakeSource(), { invalidate }) as unknown as TokenSource;
    expect(await authoriserOf(source).tokenForReplay(sent, rejected)).toBe(newer);
  });

  it('goes to a caller who has left meanwhile without a word', async () => {
    const source = FakeSource.withHub();
    const controller = new AbortController();
    source.give = () => {
      controller.abort();
      return Promise.reject(controller.signal.reason);
    };
    expect(await authoriserOf(source).tokenForReplay(sent, rejected, controller.signal)).toBeUndefined();
    expect(source.events).toEqual([]);
  });

  it('is handled alike where the source tells no events', async () => {
    const source = new FakeSource();
    expect(await authoriserOf(source).tokenForReplay(sent, rejected)).toBe(newer);
    expect(await authoriserOf(source).tokenForReplay({ ...sent, isReplay: true }, rejected)).toBeUndefined();
  });

  it('makes no event where nobody listens', async () => {
    const source = new FakeSource();
    const hub = new EventHub();
    const emit = jest.spyOn(hub, 'emit');
    publishEventHub(source, hub);
    await authoriserOf(source).tokenForReplay(sent, rejected);
    await authoriserOf(source).tokenForReplay({ ...sent, isReplay: true }, rejected);
    expect(emit).not.toHaveBeenCalled();
  });

  it('is told with neither token nor path', async () => {
    const source = FakeSource.withHub();
    await authoriserOf(source).tokenForReplay({ ...sent, token: tokenOf('rejected-value') }, rejected);
    source.give = () => Promise.reject(new Error('rejected-value'));
    await authoriserOf(source).tokenForReplay({ ...sent, token: tokenOf('rejected-value') }, rejected);
    const told = JSON.stringify(source.events.map((event) => ({ ...event, rejectedTokenId: '', tokenId: '' })));
    expect(told).not.toMatch(/rejected-value|secret|users/);
  });
});
