import { describeFailure } from './check-schedules.ts';
import { Coverage } from './coverage.ts';
import { Progress } from './progress.ts';
import type { Task } from './simulation-worker.ts';
import { WorkerPool } from './worker-pool.ts';

const CHUNK = 2_000;

/**
 * Carries out many schedules, spread over threads, in chunks with seeds that follow each other.
 *
 * @returns the failure in words, if there was one
 */
export async function runSchedules(
  options: {
    readonly runs: number;
    readonly seed: number;
    readonly path: string | undefined;
    readonly workers: number;
  },
  tell: (line: string) => void,
): Promise<string | undefined> {
  const { runs, path, workers } = options;
  const coverage = new Coverage();
  const progress = new Progress(runs);
  let failure: string | undefined;
  let given = 0;
  const pool = new WorkerPool(workers);
  const next = (): Task | undefined => {
    if (given >= runs) return undefined;
    const task = {
      engine: new URL('../../src/index.ts', import.meta.url).href,
      seed: options.seed + given / CHUNK,
      path,
    };
    const size = Math.min(CHUNK, runs - given);
    given += CHUNK;
    return { ...task, runs: size };
  };
  try {
    await pool.run(next, (_task, result) => {
      if (path === undefined) progress.add(result.runs);
      coverage.add({ counts: new Map(result.situations) });
      if (result.failure !== undefined) failure ??= describeFailure(result.failure);
      return failure !== undefined;
    });
  } finally {
    await pool.end();
  }
  const situations = [...coverage.counts].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [situation, count] of situations) tell(`${String(count).padStart(9)}  ${situation}`);
  return failure;
}
