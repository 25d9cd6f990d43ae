import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Authoriser } from '../../src/resource/authoriser.ts';
import { type FetchExchange, fetchExchange } from '../../src/resource/fetch-exchange.ts';
import { type KeptBody, SPENT } from '../../src/resource/kept-body.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import type { TokenSource } from '../../src/values/token-source.ts';

const ORIGIN = 'https://api.example';
const KEPT: KeptBody = { description: { bytes: 4 }, body: 'text' };

/** Each token is another one. */
class FreshSource implements TokenSource {
  #count = 0;

  getToken(): Promise<AccessToken> {
    const id = `id-${++this.#count}`;
    return Promise.resolve(new AccessToken({ value: id, tokenType: 'Bearer', id, expiresAtMs: Number.NaN }));
  }

  invalidate(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

describe('the copy of a body', () => {
  let keep: (body: KeptBody) => void;
  let exchange: FetchExchange;

  beforeEach(async () => {
    jest.useFakeTimers();
    const kept = new Promise<KeptBody>((resolve) => {
      keep = resolve;
    });
    const url = new URL(ORIGIN);
    const authoriser = new Authoriser(new FreshSource(), { origins: ORIGIN });
    const outgoing = { url, method: 'POST', hasAuthorization: false, body: { keep: () => kept } };
    exchange = fetchExchange(authoriser, outgoing) as FetchExchange;
    await exchange.begin();
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('may come after the answer', async () => {
    const again = exchange.replayOf(new Response('', { status: 401 }));
    await jest.advanceTimersByTimeAsync(999);
    keep(KEPT);
    expect(await again).toBe(KEPT);
  });

  it('is not waited for for ever, since whoever sends the rest may wait for this answer', async () => {
    const again = exchange.replayOf(new Response('', { status: 401 }));
    await jest.advanceTimersByTimeAsync(1_000);
    keep(KEPT);
    expect(await again).toBeUndefined();
  });

  it('is not waited for where the answer is no refusal, nor where it is no copy of what was sent', async () => {
    expect(await exchange.replayOf(new Response('', { status: 200 }))).toBeUndefined();
    expect(await exchange.replayOf(new Response('', { status: 401 }), undefined, true)).toBeUndefined();
    keep(SPENT);
  });
});
