import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { hideRequest, hideToken, shownOutcome } from '../../src/resource/shown-request.ts';

test('it shows the config that it is given, and its request does not print', () => {
  const request = { header: 'Bearer secret' };
  const shown = Object.assign(new Error('no'), { config: { headers: 'Bearer secret' }, request });
  const config = { url: '/' };
  hideToken(shown, config);
  expect(inspect(shown)).not.toContain('secret');
  expect(shown.config).toBe(config);
  expect(shown.request).toBe(request);
});

test.each([undefined, null, 'text', new Error('bare')])('what has neither stays as it is: %p', (shown) => {
  hideToken(shown, {});
  expect(Object.keys({ ...(shown as object) })).not.toContain('config');
});

test('an answer of Node, and a stream of a client, lead to the request and do not print it', () => {
  const answer = { statusCode: 200, req: { _header: 'secret' }, socket: { _httpMessage: 'secret' } };
  const stream = { _request: 'secret', _requestOptions: 'secret' };
  hideRequest(answer, stream, undefined, Object.freeze({ request: 'stays' }));
  expect(inspect([answer, stream])).not.toContain('secret');
  expect(Object.keys(answer)).toEqual(['statusCode']);
  expect(answer.req._header).toBe('secret');
});

test('of data that are no stream nothing is hidden', async () => {
  const data = { client: 'a', request: 'b' };
  const { response } = await shownOutcome(Promise.resolve({ data }), {});
  expect(Object.keys(response?.data ?? {})).toEqual(['client', 'request']);
});
