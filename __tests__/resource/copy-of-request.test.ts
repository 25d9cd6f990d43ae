import { describe, expect, it } from '@jest/globals';
import * as undici from 'undici';
import { copyOfRequest, referrerOf } from '../../src/resource/copy-of-request.ts';

const URL_OF_ALL = 'https://api.example/v2';

describe('a copy of a Request', () => {
  it('has what is changed, and all else that the other had', async () => {
    const init: RequestInit = {
      method: 'POST',
      body: 'text',
      cache: 'no-store',
      referrer: '',
      referrerPolicy: 'origin',
    };
    const copy = copyOfRequest(new Request(URL_OF_ALL, init), { headers: { 'x-mine': 'a' } });
    expect(copy).toMatchObject({ method: 'POST', cache: 'no-store', referrer: '', referrerPolicy: 'origin' });
    expect(copy.headers.get('x-mine')).toBe('a');
    expect(await copy.text()).toBe('text');
  });

  it('is of the same class, also of another package', () => {
    class Mine extends Request {}
    expect(copyOfRequest(new Mine(URL_OF_ALL), {})).toBeInstanceOf(Mine);
    const theirs = new undici.Request(URL_OF_ALL) as unknown as Request;
    expect(copyOfRequest(theirs, { headers: {} })).toBeInstanceOf(undici.Request);
  });
});

describe('where a Request says to come from', () => {
  it.each<[string, object, RequestInit]>([
    ['it does not say', { referrer: 'about:client', referrerPolicy: '' }, {}],
    ['nowhere', { referrer: '', referrerPolicy: '' }, { referrer: '' }],
    [
      'a page',
      { referrer: 'https://a.example/', referrerPolicy: 'origin' },
      {
        referrer: 'https://a.example/',
        referrerPolicy: 'origin',
      },
    ],
    ['an engine that does not know of it', {}, {}],
  ])('is kept if it was set: %s', (_, request, fields) => expect(referrerOf(request as Request)).toEqual(fields));
});
