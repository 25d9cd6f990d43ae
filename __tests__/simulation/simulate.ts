import type { Coverage } from './coverage.ts';
import { realProcess } from './real-process.ts';
import type { Schedule } from './schedule.ts';
import { type Engine, Simulation } from './simulation.ts';
import type { Violation } from './violation.ts';

const UNHANDLED = 'unhandledRejection';

/**
 * Carries out one schedule, up to the first step after which something is not as it should be.
 *
 * The digest must be the synchronous one, see {@link installSyncDigest}.
 *
 * @param tell is told everything that happens
 */
export async function runSchedule(
  engine: Engine,
  schedule: Schedule,
  tell?: (line: string) => void,
): Promise<{ readonly violations: readonly Violation[]; readonly coverage: Coverage }> {
  const simulation = new Simulation(engine, schedule, tell);
  const onUnhandled = (reason: unknown): void => simulation.model.report(7, `an unhandled rejection: ${reason}`);
  // Whoever else listens, such as a test runner, could not tell which schedule it was.
  const others = realProcess.listeners(UNHANDLED);
  realProcess.removeAllListeners(UNHANDLED);
  realProcess.on(UNHANDLED, onUnhandled);
  try {
    for (const step of schedule.steps) {
      await simulation.take(step);
      if (simulation.hasFailed) break;
    }
    if (!simulation.hasFailed) await simulation.end();
    return { violations: simulation.model.violations, coverage: simulation.coverage };
  } finally {
    realProcess.off(UNHANDLED, onUnhandled);
    for (const other of others) realProcess.on(UNHANDLED, other);
  }
}
