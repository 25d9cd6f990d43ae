import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { runProcess } from '../project/run-process.ts';
import { sabotageText } from './sabotaged-copy.ts';
import { sabotages } from './sabotages.ts';

const cwd = fileURLToPath(new URL('../../', import.meta.url));

test('the simulation notices each known way to break the code', async () => {
  const command = ['__tests__/simulation/cli.ts', '--sabotage', '--runs', '20000', '--seed', '1'];
  const { exitCode, stdout, stderr } = await runProcess(process.execPath, command, { cwd });
  expect(stderr).toBe('');
  expect(stdout.split('\n').filter((line) => line.startsWith('NOT FOUND'))).toEqual([]);
  expect(stdout).toContain(`${sabotages.length} of ${sabotages.length} ways to break the code were found`);
  expect(exitCode).toBe(0);
}, 300_000);

test.each([
  ['a', 0],
  ['a b a', 2],
])('a sabotage whose text is not there exactly once is refused: %j', (source, times) => {
  const sabotage = { name: 'x', file: 'f.ts', text: times === 0 ? 'b' : 'a', becomes: 'c' };
  expect(() => sabotageText(source, sabotage)).toThrow(`src/f.ts has its text ${times} times, not once`);
});
