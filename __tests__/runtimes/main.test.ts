import { expect, test } from '@jest/globals';
import { root } from '../project/repository.ts';
import { runProcess } from '../project/run-process.ts';

const major = process.version.slice(1).split('.')[0];

// The other engines are run by `npm run test:runtimes`; this keeps their suite true to the package.
test('the suite for every runtime passes on this one', async () => {
  const result = await runProcess(process.execPath, ['__tests__/runtimes/main.ts', `Node.js ${major}`], { cwd: root });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(result.stdout).toMatch(/ 0 failed\n$/);
}, 120_000);
