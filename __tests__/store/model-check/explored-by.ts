import { root } from '../../project/repository.ts';
import { runProcess } from '../../project/run-process.ts';
import type { Exploration } from './explore.ts';

/** What `program.ts` finds. */
export async function exploredBy(subject: 'model' | 'server'): Promise<Exploration> {
  const args = ['__tests__/store/model-check/program.ts', subject];
  const { stdout, stderr } = await runProcess(process.execPath, args, { cwd: root, timeoutMs: 1_200_000 });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}
