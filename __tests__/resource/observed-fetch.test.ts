import { expect, test } from '@jest/globals';
import { ObservedFetch } from '../../src/resource/observed-fetch.ts';

test('it tells where a request ended, and is the same function for the same fetch', async () => {
  const end = { url: 'https://api.example/end', redirected: true };
  const given = (async () =>
    Object.defineProperties(new Response(), {
      url: { value: end.url },
      redirected: { value: end.redirected },
    })) as typeof fetch;
  const fetches = new ObservedFetch();
  const observed = fetches.over(given);
  const request = new Request('https://api.example/start');
  expect(fetches.endOf(request)).toBeUndefined();
  await observed(request);
  await observed('https://api.example/text');
  expect(fetches.endOf(request)).toEqual(end);
  expect(fetches.endOf('https://api.example/text')).toBeUndefined();
  expect(fetches.endOf(undefined)).toBeUndefined();
  expect(fetches.over(given)).toBe(observed);
  expect(fetches.over()).toBe(fetches.over());
});
