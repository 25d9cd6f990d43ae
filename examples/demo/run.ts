import { TokenProvider } from 'tokenflight';
import { openLanes } from './lanes.ts';
import { runLoad } from './load.ts';
import { showProgress } from './progress.ts';
import type { Outcome } from './report.ts';
import type { Site } from './site.ts';
import { formatCount } from './table.ts';
import { TokenLog } from './token-log.ts';

export interface RunOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Calls the API for a while, with one provider for both clients, and tells what happened. */
export async function run(site: Site, { rate, seconds, signal }: RunOptions): Promise<Outcome> {
  let sent = 0;
  const tokens = new TokenProvider({
    ...site.tokens,
    transport(url, init) {
      sent++;
      return fetch(url, init);
    },
  });
  const log = new TokenLog();
  tokens.on(log.listener);

  const fixedToken = await new TokenProvider(site.fixedToken).getToken(undefined, { signal });
  const lanes = openLanes(site.url, site.bearer, tokens, fixedToken);
  const ours = lanes.filter(({ header }) => header === 'tokenflight');
  const startMs = performance.now();
  const endProgress = showProgress(() => {
    const elapsed = Math.min(seconds, Math.round((performance.now() - startMs) / 1_000));
    const [calls, failed] = [total(ours, 'calls'), total(ours, 'failed')];
    return `  ${elapsed} of ${seconds} s: ${formatCount(calls)} calls, ${failed} failed; tokens so far: ${log.refreshes}`;
  });
  try {
    await runLoad(lanes, { ratePerLane: rate / ours.length, seconds, signal });
    signal.throwIfAborted();
    const expiries = log.expiries;
    await log.settle();
    const received = await site.tokenRequestsReceived?.();
    const countedBy = received === undefined ? 'client' : 'server';
    return { lanes, log, expiries, tokenRequests: received ?? sent, countedBy };
  } finally {
    endProgress();
    await tokens.close();
  }
}

function total(lanes: Outcome['lanes'], field: 'calls' | 'failed'): number {
  return lanes.reduce((sum, { tally }) => sum + tally[field], 0);
}
