import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Authoriser } from '../../src/resource/authoriser.ts';
import { CarriedToken } from '../../src/resource/carried-token.ts';
import { AccessToken } from '../../src/values/access-token.ts';

const token = new AccessToken({ value: 'secret', tokenType: 'Bearer', id: 'id', expiresAtMs: Number.NaN });
const headers = { authorization: 'Bearer secret', dpop: 'a-proof' };
const url = 'https://api.example/v2';
const source = { getToken: async () => token, invalidate: async () => false };
const authoriser = new Authoriser(source, { origins: ['https://api.example', 'https://also.example'] });

interface Fake {
  url: string | URL;
  readonly headers: Record<string, unknown>;
}

const details = { body: { bytes: 0 }, isReplay: false, tokenRequest: undefined } as const;
const isReplaced = (carried: CarriedToken): boolean => carried.sent({ url, method: 'GET' }, details) === undefined;
const carriedOn = (request: Fake): CarriedToken => new CarriedToken(token, headers, request, new URL(request.url));
const requestTo = (address: string): Fake => ({ url: address, headers: { accept: 'text/plain' } });

describe('a token on a request', () => {
  it('is put on, and taken off again with its proof', () => {
    const request = requestTo(url);
    const carried = carriedOn(request);
    expect(request.headers).toEqual({ accept: 'text/plain', ...headers });
    carried.takeOff();
    carried.takeOff();
    expect(request.headers).toEqual({ accept: 'text/plain' });
    expect(isReplaced(carried)).toBe(false);
  });

  it('is taken off a copy of the request too', () => {
    const request = requestTo(url);
    const carried = carriedOn(request);
    const copy = { url, headers: { ...request.headers } };
    carried.takeOff(copy);
    expect(copy.headers).toEqual({ accept: 'text/plain' });
    expect(request.headers).toMatchObject(headers);
  });

  it('that another replaced is left as it is', () => {
    const request = requestTo(url);
    const carried = carriedOn(request);
    request.headers['authorization'] = 'Mine';
    carried.takeOff();
    expect(request.headers).toEqual({ accept: 'text/plain', authorization: 'Mine' });
    expect(isReplaced(carried)).toBe(true);
  });

  it.each([
    ['the same', url, undefined],
    ['another path', 'https://api.example/v3', undefined],
    ['another origin that is allowed', 'https://also.example/', undefined],
    ['another host', 'https://other.example/', 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED'],
    ['another port', 'https://api.example:444/', 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED'],
    ['plain http', 'http://api.example/', 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED'],
  ])('may leave for an address that was changed since: %s', (_, address, code) => {
    const request = requestTo(url);
    const carried = carriedOn(request);
    request.url = address;
    expect((carried.objection(authoriser) as { code?: string } | undefined)?.code).toBe(code);
  });

  it.each([
    ['replaced', 'Mine'],
    ['taken off', undefined],
  ])('that was %s has nothing to object to', (_, authorization) => {
    const request = requestTo(url);
    const carried = carriedOn(request);
    Object.assign(request, { url: 'https://other.example/' });
    if (authorization) request.headers['authorization'] = authorization;
    else delete request.headers['authorization'];
    expect(carried.objection(authoriser)).toBeUndefined();
    expect(isReplaced(carried)).toBe(true);
  });

  it('is told with the request that it was sent with', () => {
    const carried = carriedOn(requestTo(url));
    expect(carried.sent({ url, method: 'PUT' }, details)).toEqual({
      ...details,
      url: new URL(url),
      method: 'PUT',
      token,
    });
  });

  it('is not seen from outside, be it of a source that hides nothing', () => {
    const plain = { value: 'secret', tokenType: 'Bearer', id: 'id', expiresAt: new Date(), response: {} };
    const carried = new CarriedToken(plain, headers, requestTo(url), new URL(url));
    for (const text of [inspect(carried, { showHidden: true, depth: 9 }), JSON.stringify(carried)]) {
      expect(text).not.toMatch(/secret|a-proof/);
    }
  });
});
