import { beforeAll, expect, test } from '@jest/globals';
import { root } from '../project/repository.ts';
import { runProcess } from '../project/run-process.ts';
import { describeWithRedis } from '../store/redis/rig.ts';
import { faults } from './faults.ts';
import type { HerdResult } from './herd.ts';
import type { FaultResult } from './run-fault.ts';

describeWithRedis('processes that share a token through a Redis server', () => {
  let results: { readonly herd: HerdResult; readonly faults: readonly FaultResult[] };
  let told: string;

  // In a process of its own: servers, signals and children want no test runner around them.
  beforeAll(async () => {
    const short = ['--rounds', '3', '--seed', '1', '--tokens', '20', '--outage-ms', '2500', '--at-once', '4', '--json'];
    const args = ['__tests__/faults/main.ts', ...short];
    const { stdout, stderr } = await runProcess(process.execPath, args, { cwd: root, timeoutMs: 540_000 });
    told = stderr;
    results = JSON.parse(stdout || 'null');
  }, 600_000);

  test('all that start at once make one token request', () => {
    expect(results?.herd ?? told).toMatchObject({ callers: 8_000 });
    const { firstTokenRequests, firstTokens, firstLeasesLost } = results.herd;
    expect(firstTokens).toBeGreaterThanOrEqual(1);
    expect(firstTokenRequests).toBeLessThanOrEqual(1 + firstLeasesLost); // none is lost unless the machine stands still
  });

  test('and then, for 20 tokens of 3 seconds under load, 20 or 21, none of them for nothing', () => {
    const { tokens, failures, tokenRequests, unusedTokens, leasesLost } = results.herd;
    expect({ tokens, failures }).toEqual({ tokens: 20, failures: [] });
    expect(tokenRequests).toBeGreaterThanOrEqual(20);
    expect(tokenRequests).toBeLessThanOrEqual(21 + leasesLost);
    expect(unusedTokens).toBeLessThanOrEqual(leasesLost);
  });

  test('and as many as the time that passed allows', () => {
    const { tokenRequests, fewestTokenRequests, mostTokenRequests } = results.herd;
    expect(tokenRequests).toBeGreaterThanOrEqual(fewestTokenRequests);
    expect(tokenRequests).toBeLessThanOrEqual(mostTokenRequests);
  });

  test.each(faults.map(({ name }) => name))('no call fails, and token requests stay within bounds: %s', (name) => {
    const result = results.faults.find((candidate) => candidate.name === name);
    expect(result).toMatchObject({ rounds: 3, problems: [] });
    expect(result?.calls).toBeGreaterThan(0);
  });
});
