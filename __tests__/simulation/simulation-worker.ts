import { parentPort } from 'node:worker_threads';
import { type CheckOptions, checkSchedules, type ScheduleFailure } from './check-schedules.ts';
import type { Engine } from './simulation.ts';

/** A piece of work for a worker. */
export interface Task extends CheckOptions {
  /** URL of the module that is the engine. */
  readonly engine: string;
}

export interface TaskResult {
  readonly runs: number;
  readonly situations: readonly (readonly [situation: string, count: number])[];
  readonly failure: ScheduleFailure | undefined;
}

// One after the other: the synchronous digest is the whole thread's.
parentPort?.on('message', async ({ engine, ...options }: Task) => {
  const { runs, coverage, failure } = await checkSchedules((await import(engine)) as Engine, options);
  parentPort?.postMessage({ runs, situations: [...coverage.counts], failure } satisfies TaskResult);
});
