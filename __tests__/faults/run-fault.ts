import { setTimeout as sleep } from 'node:timers/promises';
import type { Dose, Fault } from './faults.ts';
import { Stage, type StageSettings } from './stage.ts';

export interface FaultResult {
  readonly name: string;
  rounds: number;
  calls: number;
  failedCalls: number;
  longestWaitMs: number;
  tokenRequests: number;
  /** What the rules allow in the time that it took. */
  allowedTokenRequests: number;
  readonly events: Record<string, number>;
  readonly problems: string[];
}

const PROCESSES = 4;
const usual: StageSettings = {
  processes: PROCESSES,
  ratePerSecond: 100,
  lifetimeMs: 3_000,
  // Where the store is not what fails, a slow machine must not look like it.
  storeTimeoutMs: 10_000,
};
/** No token is refreshed sooner than at this age: half of its life, or what `refreshAt` says, less the jitter. */
const EARLIEST_MS: Readonly<Record<number, number>> = { 3000: 1_200, 12000: 600, 60000: 24_000 };
/** For what a fault leaves behind to show. */
const AFTERMATH_MS = 1_500;

/** Rounds of one fault, with a fleet that lives through all of them. */
export async function runFault(
  fault: Fault,
  rounds: number,
  dose: Dose,
  onRound: (result: FaultResult) => void,
): Promise<FaultResult> {
  const { losesStore = false, isFeltAs, extraRequests = 0 } = fault;
  const settings = { ...usual, ...(losesStore && { storeTimeoutMs: 500 }), ...fault.settings };
  const result = newResult(fault.name);
  const stage = await Stage.set(settings);
  const startedMs = performance.now();
  try {
    stage.load();
    for (let round = 0; round < rounds; round++) {
      await sleep(dose.draw() * AFTERMATH_MS);
      const problem = await fault.inflict(stage, dose);
      if (problem) result.problems.push(`round ${round + 1}: ${problem}`);
      await sleep(AFTERMATH_MS);
      await Promise.all(stage.members.map((member) => member.sync()));
      result.rounds++;
      onRound(result);
    }
  } catch (error) {
    result.problems.push(`round ${result.rounds + 1}: ${(error as Error).message}`);
  } finally {
    const chains = losesStore ? settings.processes : 1;
    const refreshes = Math.floor((performance.now() - startedMs) / (EARLIEST_MS[settings.lifetimeMs] ?? 1));
    sumUp(stage, result);
    // A process that does not come to run for three seconds loses its lease, and another asks.
    const leasesLost = result.events['store-lease-lost'] ?? 0;
    result.allowedTokenRequests = chains * (1 + refreshes) + rounds * extraRequests + leasesLost;
    await stage.strike();
  }
  if (result.failedCalls > 0) result.problems.push(`${result.failedCalls} calls failed`);
  if (result.tokenRequests > result.allowedTokenRequests) result.problems.push('too many token requests');
  if (isFeltAs && !result.events[isFeltAs]) result.problems.push(`no process told ${isFeltAs}`);
  return result;
}

function newResult(name: string): FaultResult {
  return {
    name,
    rounds: 0,
    calls: 0,
    failedCalls: 0,
    longestWaitMs: 0,
    tokenRequests: 0,
    allowedTokenRequests: 0,
    events: {},
    problems: [],
  };
}

function sumUp({ members, fallen, authority }: Stage, result: FaultResult): void {
  result.tokenRequests = authority.requests.length;
  for (const member of [...members, ...fallen]) {
    result.calls += member.calls;
    result.failedCalls += member.failures.length;
    result.longestWaitMs = Math.max(result.longestWaitMs, member.longestWaitMs);
    for (const why of new Set(member.failures)) result.problems.push(`a call failed: ${why}`);
    for (const [name, times] of Object.entries(member.events)) result.events[name] = (result.events[name] ?? 0) + times;
  }
}
