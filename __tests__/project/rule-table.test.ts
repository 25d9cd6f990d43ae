import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from './repository.ts';
import { runProcess } from './run-process.ts';

test('the README tells of each adapter the rules that the contract tests, and no others', async () => {
  const main = join(root, '__tests__/adapters/rule-table/main.ts');
  const { stderr, exitCode } = await runProcess(process.execPath, [main, '--check'], { cwd: root });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
}, 60_000);
