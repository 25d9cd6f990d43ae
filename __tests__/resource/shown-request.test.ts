import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { hideToken } from '../../src/resource/shown-request.ts';

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
