import { expect, test } from '@jest/globals';
import { runExample } from './run-example.ts';

test('the example for node:http gets past a rejected token', async () => {
  const { exitCode, stdout, stderr, api } = await runExample('node-http.ts');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toEqual([
    'refresh-succeeded',
    'refresh-succeeded',
    'replayed',
    'GET 200 7 characters',
    'POST 200 7 characters',
  ]);
  expect(api.tokens).toEqual(['token-1', 'token-2', 'token-2']);
  expect(api.requests.at(-1)?.body.toString()).toBe('hello');
}, 40_000);
