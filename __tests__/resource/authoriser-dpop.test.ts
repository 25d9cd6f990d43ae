import { describe, expect, it } from '@jest/globals';
import { Authoriser, type SentRequest } from '../../src/resource/authoriser.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import type { TokenSource } from '../../src/values/token-source.ts';

const url = new URL('https://api.example/things?page=1');

/** A token bound to a key whose proofs say what they were made for. */
function boundToken(): { token: AccessToken; nonces: string[] } {
  const nonces: string[] = [];
  const dpop = {
    prove: async (to: URL, method: string, value: string) => `proof of ${value} for ${method} ${to.pathname}`,
    remember(_url: URL, nonce: string | null | undefined, value: string): boolean {
      if (value !== 'bound') throw new Error('whose nonce is it?');
      if (!nonce || nonces.includes(nonce)) return false;
      nonces.push(nonce);
      return true;
    },
  };
  const token = new AccessToken({ value: 'bound', tokenType: 'DPoP', id: 'id-of-bound', expiresAtMs: 0, dpop });
  return { token, nonces };
}

function authoriserOf(token: AccessToken): { authoriser: Authoriser; invalidated: AccessToken[] } {
  const invalidated: AccessToken[] = [];
  const source: TokenSource = {
    getToken: async () => token,
    invalidate: async (rejected) => invalidated.push(rejected) > 0,
  };
  return { authoriser: new Authoriser(source, { origins: url.origin }), invalidated };
}

describe('a token that is bound to a key', () => {
  const wantsNonce = 'DPoP error="use_dpop_nonce"';

  it('goes with a proof for this method and address', async () => {
    const { token } = boundToken();
    expect(await authoriserOf(token).authoriser.headers(token, url, 'PUT')).toEqual({
      authorization: 'DPoP bound',
      dpop: 'proof of bound for PUT /things',
    });
  });

  it.each([
    ['sent again with the nonce that was missing', false, 'n-1', wantsNonce, true, 0],
    ['sent again with a nonce that another request has learnt meanwhile', false, 'known', wantsNonce, true, 0],
    ['handed back if there is no nonce', false, null, wantsNonce, false, 0],
    ['handed back if it was sent again already', true, 'n-1', wantsNonce, false, 0],
    ['rejected for another reason, which a nonce does not cure', false, 'n-1', 'DPoP error="invalid_token"', false, 1],
  ])('is %s', async (_case, isReplay, dpopNonce, wwwAuthenticate, isSentAgain, timesInvalidated) => {
    const { token, nonces } = boundToken();
    nonces.push('known');
    const { authoriser, invalidated } = authoriserOf(token);
    const sent: SentRequest = { url, method: 'GET', body: { bytes: 0 }, token, isReplay };
    const again = await authoriser.tokenForReplay(sent, { status: 401, wwwAuthenticate, dpopNonce });
    expect(again).toBe(isSentAgain ? token : undefined);
    expect(invalidated).toHaveLength(timesInvalidated);
  });

  it('learns the nonce of a success for the next request', async () => {
    const { token, nonces } = boundToken();
    const sent: SentRequest = { url, method: 'GET', body: { bytes: 0 }, token, isReplay: false };
    const answer = { status: 200, wwwAuthenticate: null, dpopNonce: 'n-2' };
    expect(await authoriserOf(token).authoriser.tokenForReplay(sent, answer)).toBeUndefined();
    expect(nonces).toEqual(['n-2']);
  });
});

describe('an adapter that is set up wrongly', () => {
  const source: TokenSource = { getToken: async () => boundToken().token, invalidate: async () => false };

  it.each([
    [{}, 'source: must be a token source, such as a TokenProvider', { origins: 'https://a.example' }],
    [source, 'origins: is required', undefined],
    [source, 'allowInsecure: must be true or false', { origins: 'https://a.example', allowInsecure: 1 }],
    [source, 'replay: must be an object; to switch it off', { origins: 'https://a.example', replay: false }],
    [source, 'replay.methods: must be "any", "idempotent" or "none"', { origins: url, replay: { methods: 'all' } }],
    [source, 'replay.maxBodyBytes: must be a whole number of bytes', { origins: url, replay: { maxBodyBytes: -1 } }],
  ])('is told what to do: %#', (from, message, options) => {
    const given = options && { ...options, origins: 'https://a.example' };
    expect(() => new Authoriser(from as TokenSource, given as never)).toThrow(message);
  });

  it('gives back a 401 although a hand-made source fails to take the rejection', async () => {
    const failing: TokenSource = { ...source, invalidate: () => Promise.reject(new Error('no such method')) };
    const authoriser = new Authoriser(failing, { origins: url.origin });
    const { token } = boundToken();
    const sent: SentRequest = { url, method: 'GET', body: { bytes: 0 }, token, isReplay: true };
    expect(await authoriser.tokenForReplay(sent, { status: 401, wwwAuthenticate: null })).toBeUndefined();
  });
});
