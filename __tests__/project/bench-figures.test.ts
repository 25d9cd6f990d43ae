import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from './repository.ts';
import { runProcess } from './run-process.ts';

test('the README, docs/bench.md and the charts say what was measured', async () => {
  const { stderr, exitCode } = await runProcess(process.execPath, [join(root, 'bench/docs.ts'), '--check'], {
    cwd: root,
  });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
}, 60_000);
