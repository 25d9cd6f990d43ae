import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installSyncDigest } from '../fakes/sync-digest.ts';
import { readText } from '../project/repository.ts';
import { plot } from './plot.ts';
import type { FleetRow } from './report.ts';
import { type FleetResult, simulateFleet } from './simulate-fleet.ts';

const SETTINGS = {
  seed: 7,
  lifetimeMs: 3_600_000,
  lifetimes: 2,
  callsPerSecond: 0.02,
  startMs: 1_000,
  endpointMs: 100,
  storeMs: 0.25,
  storePerSecond: 20_000,
};
/** No process refreshes a token of an hour earlier. */
const EARLIEST_REFRESH = 0.7;

describe('a simulated fleet', () => {
  let restore: () => void;
  beforeAll(() => {
    restore = installSyncDigest();
  });
  afterAll(() => restore());

  const simulate = (processes: number, isReal: boolean, isShared = true): Promise<FleetResult> =>
    simulateFleet({ ...SETTINGS, processes, isReal, isShared });
  const known = new Map<string, Promise<FleetResult>>();
  const shared = (processes: number, isReal: boolean): Promise<FleetResult> => {
    const result = known.get(`${processes} ${isReal}`) ?? simulate(processes, isReal);
    known.set(`${processes} ${isReal}`, result);
    return result;
  };

  describe.each([
    ['real providers', true],
    ['modelled processes', false],
  ])('of %s', (_name, isReal) => {
    it.each([10, 100])('makes one token request in the lifetime of a token (%i processes)', async (processes) => {
      const { coldStart, massRestart, closestRequests, tokenRequestsPerLifetime } = await shared(processes, isReal);
      expect(coldStart.tokenRequests).toBe(1);
      expect(massRestart.tokenRequests).toBe(0);
      expect(closestRequests).toBeGreaterThanOrEqual(EARLIEST_REFRESH);
      expect(tokenRequestsPerLifetime).toBeLessThanOrEqual(1 / EARLIEST_REFRESH + 1 / SETTINGS.lifetimes);
      expect(tokenRequestsPerLifetime).toBeGreaterThanOrEqual(1);
    });

    it('makes as many as it has processes where they share nothing', async () => {
      const { coldStart, tokenRequestsPerLifetime } = await simulate(10, isReal, false);
      expect(coldStart.tokenRequests).toBe(10);
      expect(tokenRequestsPerLifetime).toBeGreaterThanOrEqual(10);
    });
  });

  it('is modelled as real providers behave', async () => {
    const [real, model] = [await shared(100, true), await shared(100, false)];
    const ratio = (figureOf: (result: FleetResult) => number): number => figureOf(model) / figureOf(real);
    expect(model.tokenRequestsPerLifetime).toBe(real.tokenRequestsPerLifetime);
    expect(ratio((result) => result.storeOperationsPerSecond)).toBeCloseTo(1, 1);
    expect(ratio(({ coldStart }) => coldStart.storeOperations)).toBeCloseTo(1, 1);
    expect(ratio(({ coldStart }) => coldStart.p99WaitMs)).toBeCloseTo(1, 1);
  });

  it('gives the same figures for the same seed', async () => {
    expect(await simulate(100, false)).toEqual(await shared(100, false));
    expect(await simulate(10, true)).toEqual(await shared(10, true));
  });

  it('is plotted in the documentation as it was run', () => {
    const { rows } = JSON.parse(readText('docs/fleet.json')) as { rows: FleetRow[] };
    expect(readText('docs/fleet.svg')).toBe(plot(rows));
  });
});
