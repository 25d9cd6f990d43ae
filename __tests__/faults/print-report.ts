import type { HerdResult } from './herd.ts';
import type { FaultResult } from './run-fault.ts';

/** As Markdown, for `docs/faults.md`. */
export function printReport(seed: number, herd: HerdResult | undefined, results: readonly FaultResult[]): void {
  if (herd) {
    console.log(
      `${herd.processes} processes, ${herd.callers} callers at once: token requests: ${herd.firstTokenRequests}, leases lost: ${herd.firstLeasesLost}.`,
    );
    console.log(
      `Then ${herd.calls} calls with ${herd.tokens} tokens in ${herd.seconds} s, ${herd.failures.length} of them failed: ` +
        `${herd.tokenRequests} token requests, ${herd.unusedTokens} of them for nothing, leases lost: ${herd.leasesLost}. ` +
        `By the clock ${herd.fewestTokenRequests} to ${herd.mostTokenRequests} are expected.\n`,
    );
  }
  for (const why of new Set(herd?.failures)) console.log(`A call failed: ${why}.\n`);
  console.log(`Seed ${seed}.\n`);
  console.log(
    '| fault | rounds | calls | failed | longest wait, ms | token requests | at most | store told | problems |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const result of results) {
    const { name, rounds, calls, failedCalls, longestWaitMs, tokenRequests, allowedTokenRequests } = result;
    const told = Object.entries(result.events).map(([event, times]) => `${event} × ${times}`);
    const cells = [name, rounds, calls, failedCalls, longestWaitMs, tokenRequests, allowedTokenRequests];
    console.log(`| ${[...cells, told.join(', '), result.problems.join('; ') || 'none'].join(' | ')} |`);
  }
}
