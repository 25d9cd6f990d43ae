import { describe, expect, it } from '@jest/globals';
import { bearerFetch } from '../../src/adapters/fetch.ts';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import { describeBody } from '../../src/resource/sent-body.ts';

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

  it('may be a stream that calls itself a form: it is spent once it was sent', () => {
    expect(describeBody({ [Symbol.toStringTag]: 'FormData', pipe: () => {} })).toBe('spent');
  });
});
