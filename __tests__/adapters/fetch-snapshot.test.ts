import { describe, expect, it } from '@jest/globals';
import { bearerFetch } from '../../src/adapters/fetch.ts';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import type { ReplayOptions } from '../../src/resource/replay-policy.ts';
import { describeBody } from '../../src/resource/sent-body.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import type { TokenSource } from '../../src/values/token-source.ts';

describe('what a caller hands to fetch', () => {
  it('counts as it was when fetch was called, whatever becomes of it afterwards', async () => {
    const sent: unknown[] = [];
    const call = bearerFetch(staticTokenSource('token'), {
      origins: 'https://api.example',
      fetch: (async (input: string, init: RequestInit) => {
        sent.push([input, init.body]);
        return new Response();
      }) as typeof fetch,
    });
    const url = new URL('https://api.example/things');
    const init: RequestInit = { method: 'POST', body: 'first' };
    const calls = [call(url, init)];
    init.body = 'second';
    calls.push(call(url, init));
    url.host = 'evil.example';
    await Promise.all(calls);
    expect(sent).toEqual([
      ['https://api.example/things', 'first'],
      ['https://api.example/things', 'second'],
    ]);
  });

  it('is sent in the same turn where a token is at hand', async () => {
    const source = staticTokenSource('token');
    await source.getToken();
    let sent = 0;
    const below: typeof fetch = async () => {
      sent++;
      return new Response();
    };
    const answer = bearerFetch(source, { origins: 'https://api.example', fetch: below })('https://api.example/things');
    expect(sent).toBe(1);
    await answer;
  });

  const form = (text: string): FormData => {
    const data = new FormData();
    data.set('value', text);
    return data;
  };
  const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

  describe.each<[string, () => BodyInit, (body: never, text: string) => void]>([
    ['URLSearchParams', () => new URLSearchParams({ value: 'old' }), (b: URLSearchParams, to) => b.set('value', to)],
    ['FormData', () => form('old'), (body: FormData, to) => body.set('value', to)],
    ['a typed array', () => bytes('old'), (body: Uint8Array, to) => body.set(bytes(to))],
    ['a Buffer', () => Buffer.from('old'), (body: Buffer, to) => body.set(bytes(to))],
    [
      'a DataView',
      () => new DataView(bytes('old').buffer),
      (b: DataView, to) => new Uint8Array(b.buffer).set(bytes(to)),
    ],
    ['an ArrayBuffer', () => bytes('old').buffer, (body: ArrayBuffer, to) => new Uint8Array(body).set(bytes(to))],
  ])('as %s', (_, make, change) => {
    const callOf = (source: TokenSource, replay?: ReplayOptions): [typeof fetch, Promise<string>[]] => {
      const sent: Promise<string>[] = [];
      const below: typeof fetch = async (_, init) => {
        sent.push(new Response(init?.body).text());
        return new Response('', { status: sent.length === 1 ? 401 : 200 });
      };
      return [bearerFetch(source, { origins: 'https://api.example', fetch: below, replay }), sent];
    };
    const source = (isCold: boolean): TokenSource => {
      let count = 0;
      const token = (id: string): AccessToken =>
        new AccessToken({ value: id, tokenType: 'Bearer', id, expiresAtMs: Number.NaN });
      return {
        ...(!isCold && { peek: () => token('0') }),
        getToken: async () => token(`${++count}`),
        invalidate: async () => true,
      };
    };

    it.each([
      ['is what is sent after a wait for a token, and again', true],
      ['is what is sent again where a token was at hand', false],
    ])('%s', async (_, isCold) => {
      const [call, sent] = callOf(source(isCold));
      const body = make();
      const answer = call('https://api.example/things', { method: 'POST', body });
      change(body as never, 'new');
      expect((await answer).status).toBe(200);
      const [first, second] = await Promise.all(sent);
      for (const text of [first, second]) {
        expect(text).toContain('old');
        expect(text).not.toContain('new');
      }
    });

    it('is not sent again, but what it was once, where that is not allowed', async () => {
      const [call, sent] = callOf(source(true), { methods: 'none' });
      const body = make();
      const answer = call('https://api.example/things', { method: 'POST', body });
      change(body as never, 'new');
      expect((await answer).status).toBe(401);
      expect(sent).toHaveLength(1);
      expect(await sent[0]).toContain('old');
    });
  });

  it('may be a stream that calls itself a form: it is spent once it was sent', () => {
    expect(describeBody({ [Symbol.toStringTag]: 'FormData', pipe: () => {} })).toBe('spent');
  });
});
