import { setTimeout as sleep } from 'node:timers/promises';
import type { Lane } from './lanes.ts';
import { nameOfProblem } from './problem.ts';

export interface LoadOptions {
  /** Calls per second on each lane. */
  readonly ratePerLane: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Processes that have just started are slow, whatever is done with them: no latency is taken from this time. */
export const WARM_UP_SECONDS = 1;

/**
 * Calls on all lanes at a steady rate, whether or not earlier calls are answered yet: a server that is slow must not
 * slow its own measurement down. For the same reason a latency counts from when the call was due.
 *
 * @returns when every call has been answered, or at once after an abort
 */
export async function runLoad(lanes: readonly Lane[], { ratePerLane, seconds, signal }: LoadOptions): Promise<void> {
  const intervalMs = 1_000 / (ratePerLane * lanes.length);
  const rounds = Math.round(ratePerLane * seconds);
  const calls: Promise<void>[] = [];
  const startMs = performance.now();
  for (let n = 0; n < rounds * lanes.length; n++) {
    const dueMs = startMs + n * intervalMs;
    const waitMs = Math.ceil(dueMs - performance.now());
    if (waitMs > 0) await sleep(waitMs);
    if (signal.aborted) return;
    const round = Math.floor(n / lanes.length);
    // Each round begins with another lane, so that none always goes first or behind the same other one.
    const lane = lanes[(n + round) % lanes.length] as Lane;
    calls.push(callOnce(lane, dueMs, dueMs - startMs >= WARM_UP_SECONDS * 1_000));
  }
  await Promise.all(calls);
}

async function callOnce({ call, tally }: Lane, dueMs: number, isTimed: boolean): Promise<void> {
  tally.calls++;
  let problem: string | undefined;
  try {
    const status = await call();
    if (status === 401) tally.unauthorized++;
    if (status < 200 || status > 299) problem = `HTTP ${status}`;
  } catch (error) {
    problem = nameOfProblem(error);
  }
  if (problem !== undefined) {
    tally.failed++;
    tally.problems.set(problem, (tally.problems.get(problem) ?? 0) + 1);
  } else if (isTimed) tally.latenciesMs.push(performance.now() - dueMs);
}
