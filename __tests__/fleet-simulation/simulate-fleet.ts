import { memoryStore } from '../../src/store/memory-store.ts';
import { pauseMs, seededChance } from './chance.ts';
import { distantStore } from './distant-store.ts';
import type { FleetProcess, World } from './fleet-process.ts';
import { ModelledProcess } from './modelled-process.ts';
import { realProcess } from './real-process.ts';
import { SlowEndpoint } from './slow-endpoint.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface FleetSettings {
  readonly processes: number;
  /** With real providers, or with the model of them. */
  readonly isReal: boolean;
  readonly isShared: boolean;
  readonly seed: number;
  readonly lifetimeMs: number;
  /** So many lifetimes are watched, after a first one. */
  readonly lifetimes: number;
  /** Of each process, at random. */
  readonly callsPerSecond: number;
  /** All start, and start anew, within this time. */
  readonly startMs: number;
  readonly storeMs: number;
  readonly storePerSecond: number;
  readonly endpointMs: number;
}

export interface FleetResult {
  readonly processes: number;
  readonly isReal: boolean;
  readonly isShared: boolean;
  readonly tokenRequestsPerLifetime: number;
  /** The shortest time between two token requests once all have started, as a share of the lifetime. */
  readonly closestRequests: number;
  readonly storeOperationsPerSecond: number;
  readonly coldStart: StartResult;
  /** All processes start anew while the store still has a token. */
  readonly massRestart: StartResult;
}

/** How a start of the whole fleet went. Waits are those of the first call of each process. */
export interface StartResult {
  readonly tokenRequests: number;
  readonly storeOperations: number;
  readonly p50WaitMs: number;
  readonly p99WaitMs: number;
}

const START_MS = 60_000;

/** Lets a fleet start, live for some lifetimes of its token, and start anew. Digests have to be synchronous by then. */
export async function simulateFleet(settings: FleetSettings): Promise<FleetResult> {
  const { processes, isReal, isShared, seed, lifetimeMs, lifetimes, callsPerSecond, startMs } = settings;
  const clock = new VirtualClock();
  const chance = seededChance(seed);
  const endpoint = new SlowEndpoint(clock, settings.endpointMs, lifetimeMs);
  let operations = 0;
  const distance = { roundTripMs: settings.storeMs, perSecond: settings.storePerSecond };
  const store = isShared
    ? distantStore(memoryStore(clock), clock, chance, distance, () => {
        operations++;
      })
    : undefined;
  const world: World = { clock, chance, endpoint, store };

  const live = async (process: FleetProcess, waits: number[], isOver: () => boolean): Promise<void> => {
    await clock.sleep(chance() * startMs);
    const startedMs = clock.monotonicMs();
    await process.call();
    waits.push(clock.monotonicMs() - startedMs);
    for (;;) {
      await clock.sleep(process.restMs() + pauseMs(callsPerSecond, chance));
      if (isOver()) return;
      await process.call();
    }
  };
  const start = async (): Promise<{ result: StartResult; end: () => Promise<void> }> => {
    const before = { operations, requests: endpoint.askedMs.length };
    const waits: number[] = [];
    let isOver = false;
    const fleet = Array.from({ length: processes }, () => (isReal ? realProcess(world) : new ModelledProcess(world)));
    const lives = fleet.map((process) => live(process, waits, () => isOver));
    await clock.runUntil(clock.monotonicMs() + START_MS);
    if (waits.length < processes) throw new Error(`only ${waits.length} of ${processes} have a token after a minute`);
    return {
      result: {
        tokenRequests: endpoint.askedMs.length - before.requests,
        storeOperations: operations - before.operations,
        ...percentiles(waits),
      },
      async end() {
        isOver = true;
        await Promise.all(fleet.map((process) => process.stop()));
        void Promise.allSettled(lives);
      },
    };
  };

  const cold = await start();
  await clock.runUntil(lifetimeMs);
  const before = { operations, requests: endpoint.askedMs.length };
  await clock.runUntil((1 + lifetimes) * lifetimeMs);
  const closestMs = shortestGapMs(endpoint.askedMs.slice(cold.result.tokenRequests));
  const steady = { operations: operations - before.operations, requests: endpoint.askedMs.length - before.requests };
  await cold.end();
  const warm = await start();
  await warm.end();
  return {
    processes,
    isReal,
    isShared,
    tokenRequestsPerLifetime: steady.requests / lifetimes,
    closestRequests: closestMs / lifetimeMs,
    storeOperationsPerSecond: steady.operations / ((lifetimes * lifetimeMs) / 1_000),
    coldStart: cold.result,
    massRestart: warm.result,
  };
}

function percentiles(waits: number[]): Pick<StartResult, 'p50WaitMs' | 'p99WaitMs'> {
  const sorted = waits.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50WaitMs: at(0.5), p99WaitMs: at(0.99) };
}

function shortestGapMs(instants: readonly number[]): number {
  return Math.min(...instants.slice(1).map((instant, index) => instant - (instants[index] ?? 0)));
}
