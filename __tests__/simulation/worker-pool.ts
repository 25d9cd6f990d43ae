import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Task, TaskResult } from './simulation-worker.ts';

/** Threads that carry out tasks, each one task at a time. */
export class WorkerPool {
  readonly #workers: readonly Worker[];

  constructor(size: number) {
    this.#workers = Array.from({ length: size }, () => new Worker(new URL('./simulation-worker.ts', import.meta.url)));
  }

  /**
   * Hands out tasks until there are no more, or until somebody has seen enough.
   *
   * @param next makes the next task; undefined: there is none
   * @param onResult told of each result; true: no more tasks
   */
  async run<T extends Task>(
    next: () => T | undefined,
    onResult: (task: T, result: TaskResult) => boolean,
  ): Promise<void> {
    let isOver = false;
    const work = async (worker: Worker): Promise<void> => {
      while (!isOver) {
        const task = next();
        if (task === undefined) return;
        worker.postMessage(task);
        const [result] = (await once(worker, 'message')) as [TaskResult];
        if (onResult(task, result)) isOver = true;
      }
    };
    await Promise.all(this.#workers.map(work));
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
