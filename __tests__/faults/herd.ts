import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from './member.ts';
import { Stage } from './stage.ts';

export interface HerdResult {
  readonly processes: number;
  readonly callers: number;
  /** For all that they asked at once. */
  readonly firstTokenRequests: number;
  readonly firstTokens: number;
  /** A process that does not come to run for three seconds loses its lease, and another asks. */
  readonly leasesLost: number;
  /** Under steady load after that. */
  readonly seconds: number;
  readonly calls: number;
  readonly failures: readonly string[];
  readonly tokenRequests: number;
  readonly fewestTokenRequests: number;
  readonly mostTokenRequests: number;
}

const LIFETIME_MS = 3_000;
/** Half of the lifetime, less up to a tenth: before this age no process refreshes a token. */
const EARLIEST_MS = 1_200;

/** Processes that all ask at once, and then steadily for so many lifetimes of a token. */
export async function herd(processes: number, callersEach: number, lifetimes: number): Promise<HerdResult> {
  // What is tried is what processes share, not what they do on a machine that is too slow for a store.
  const settings = { processes, ratePerSecond: 10, lifetimeMs: LIFETIME_MS, storeTimeoutMs: 10_000 };
  const stage = await Stage.set(settings);
  const { authority, members } = stage;
  try {
    // Of tokens that outlive the herd on any machine: a late caller would rightly ask for another one.
    const ids = await Promise.all(members.map((member) => member.herd(callersEach)));
    const firstTokenRequests = authority.requests.length;
    await Promise.all(members.map((member) => member.sync()));
    const leasesLost = leasesLostBy(members);
    const startedMs = performance.now();
    stage.load();
    await sleep(lifetimes * LIFETIME_MS);
    const loadedMs = performance.now() - startedMs;
    await Promise.all(members.map((member) => member.sync()));
    const tokenRequests = authority.requests.length - firstTokenRequests;
    const allMs = performance.now() - startedMs;
    return {
      processes,
      callers: processes * callersEach,
      firstTokenRequests,
      leasesLost,
      firstTokens: new Set(ids.flat()).size,
      seconds: Math.round(allMs / 100) / 10,
      calls: members.reduce((sum, { calls }) => sum + calls, 0),
      failures: members.flatMap(({ failures }) => failures),
      tokenRequests,
      // No token lives for longer than its lifetime.
      fewestTokenRequests: Math.floor(loadedMs / LIFETIME_MS),
      mostTokenRequests: 1 + Math.floor(allMs / EARLIEST_MS) + leasesLostBy(members) - leasesLost,
    };
  } finally {
    await stage.strike();
  }
}

function leasesLostBy(members: readonly Member[]): number {
  return members.reduce((sum, { events }) => sum + (events['store-lease-lost'] ?? 0), 0);
}
