import fc from 'fast-check';
import { installSyncDigest } from '../fakes/sync-digest.ts';
import { Coverage } from './coverage.ts';
import type { Schedule } from './schedule.ts';
import { schedules } from './schedule-arbitrary.ts';
import { runSchedule } from './simulate.ts';
import type { Engine } from './simulation.ts';
import { invariants, type Violation } from './violation.ts';

/** A schedule that broke a promise, shrunk, and where fast-check finds it again. */
export interface ScheduleFailure {
  readonly seed: number;
  readonly path: string;
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  /** What happened, line by line. */
  readonly story: readonly string[];
}

export interface CheckResult {
  /** How many schedules were carried out, up to and including the first that failed. */
  readonly runs: number;
  readonly coverage: Coverage;
  readonly failure: ScheduleFailure | undefined;
}

export interface CheckOptions {
  readonly runs: number;
  readonly seed: number;
  /** Where to look within the seed: what an earlier failure said. */
  readonly path?: string | undefined;
  /** Whether a failure is made as small as possible, which takes a while. Default: true. */
  readonly shrinks?: boolean;
}

/** Carries out random schedules until one breaks a promise. */
export async function checkSchedules(
  engine: Engine,
  { runs, seed, path, shrinks = path === undefined }: CheckOptions,
): Promise<CheckResult> {
  const coverage = new Coverage();
  const removeSyncDigest = installSyncDigest();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // thousands of errors are made, and nobody looks where
  try {
    const property = fc.asyncProperty(schedules, async (schedule) => {
      const result = await runSchedule(engine, schedule);
      coverage.add(result.coverage);
      return result.violations.length === 0;
    });
    const found = await fc.check(property, {
      numRuns: runs,
      seed,
      endOnFailure: !shrinks,
      ...(path !== undefined && { path }),
    });
    if (!found.failed) return { runs: found.numRuns, coverage, failure: undefined };
    if (found.counterexample === null) throw found.errorInstance;
    const [schedule] = found.counterexample;
    const story: string[] = [];
    const { violations } = await runSchedule(engine, schedule, (line) => story.push(line));
    const failure = { seed: found.seed, path: found.counterexamplePath ?? '', schedule, violations, story };
    return { runs: found.numRuns, coverage, failure };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    removeSyncDigest();
  }
}

/** A failure in words: what was broken, how to see it again, the schedule and what happened. */
export function describeFailure({ seed, path, schedule, violations, story }: ScheduleFailure): string {
  const { steps, script, ...rest } = schedule;
  return [
    ...violations.map(({ invariant, what }) => `broken: ${invariants[invariant]}\n        ${what}`),
    '',
    `seed ${seed}, path ${path}; to see it again:`,
    `  npm run simulate -- --seed ${seed} --path ${path}`,
    '',
    `schedule: ${JSON.stringify(rest)}`,
    'token server:',
    ...script.map((behaviour) => `  ${JSON.stringify(behaviour)}`),
    'steps:',
    ...steps.map((step) => `  ${JSON.stringify(step)}`),
    '',
    'what happened:',
    ...story.map((line) => `  ${line}`),
  ].join('\n');
}
