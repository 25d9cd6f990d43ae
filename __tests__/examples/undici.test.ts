import { expect, test } from '@jest/globals';
import { runExample } from './run-example.ts';

test('the example for undici gets past a rejected token with one refresh', async () => {
  const { exitCode, stdout, stderr, tokens } = await runExample('undici.ts');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  expect(lines.at(-1)).toBe(Array(10).fill(200).join(' '));
  expect(lines.filter((line) => line === 'refresh-succeeded')).toHaveLength(2);
  expect(lines.filter((line) => line === 'replayed').length).toBeGreaterThanOrEqual(1);
  expect(tokens.requests).toHaveLength(2);
}, 40_000);
