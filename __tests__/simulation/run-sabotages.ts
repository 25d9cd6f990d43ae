import { SabotagedCopy } from './sabotaged-copy.ts';
import { sabotages } from './sabotages.ts';
import type { Task } from './simulation-worker.ts';
import { invariants } from './violation.ts';
import { WorkerPool } from './worker-pool.ts';

/**
 * Breaks the code in each known way and lets the simulation look for it.
 *
 * @param most schedules for each
 * @returns how many were not found
 */
export async function runSabotages(
  { seed, most, workers }: { readonly seed: number; readonly most: number; readonly workers: number },
  tell: (line: string) => void,
): Promise<number> {
  const left = [...sabotages];
  let missed = 0;
  const pool = new WorkerPool(workers);
  const copies: SabotagedCopy[] = [];
  const next = (): (Task & { readonly name: string }) | undefined => {
    const sabotage = left.shift();
    if (sabotage === undefined) return undefined;
    const copy = new SabotagedCopy(sabotage);
    copies.push(copy);
    return { name: sabotage.name, engine: copy.entry, runs: most, seed, shrinks: false };
  };
  try {
    await pool.run(next, ({ name }, { runs, failure }) => {
      const first = failure?.violations[0];
      if (first === undefined) missed++;
      const verdict = `${first === undefined ? 'NOT FOUND in' : 'found after '} ${String(runs).padStart(5)}`;
      tell(`${verdict}  ${name}${first === undefined ? '' : ` [${invariants[first.invariant]}]`}`);
      return false;
    });
  } finally {
    await pool.end();
    for (const copy of copies) copy.remove();
  }
  tell(`${sabotages.length - missed} of ${sabotages.length} ways to break the code were found`);
  return missed;
}
