import type { Lane } from './lanes.ts';
import { WARM_UP_SECONDS } from './load.ts';
import { outcomeTable } from './outcome-table.ts';
import { formatCount } from './table.ts';
import type { TokenLog } from './token-log.ts';

/** What a run showed. */
export interface Outcome {
  readonly lanes: readonly Lane[];
  readonly log: TokenLog;
  readonly tokenRequests: number;
  /** Who counted them: the server that got them, or we who sent them. */
  readonly countedBy: 'server' | 'client';
  /** Tokens that came to their end while the calls went on. */
  readonly expiries: number;
}

export function report(outcome: Outcome): { readonly text: string; readonly isAsPromised: boolean } {
  const broken = brokenPromises(outcome);
  const paragraphs = [outcomeTable(outcome), notes(outcome), problems(outcome.lanes), verdict(broken, outcome)];
  return { text: paragraphs.filter((text) => text !== '').join('\n\n'), isAsPromised: broken.length === 0 };
}

function brokenPromises({ lanes, log, tokenRequests }: Outcome): readonly string[] {
  const failed = lanes.reduce((sum, { header, tally }) => sum + (header === 'tokenflight' ? tally.failed : 0), 0);
  const broken: string[] = [];
  if (failed > 0) broken.push(`${formatCount(failed)} calls failed`);
  if (log.delayed > 0) broken.push(`${formatCount(log.delayed)} calls were delayed by a refresh after the first`);
  if (tokenRequests !== log.refreshes) {
    broken.push(`${formatCount(tokenRequests)} token requests for ${formatCount(log.refreshes)} refreshes`);
  }
  return broken;
}

function notes({ countedBy }: Outcome): string {
  const counter = countedBy === 'server' ? 'the authorization server' : 'the client';
  return [
    `Token requests: counted by ${counter}. One provider serves got and fetch.`,
    'Delayed: tokenflight had no usable token in its cache when the call asked for one.',
    `Latency: from when a call was due until its answer was read, after ${WARM_UP_SECONDS} s of warm-up.`,
  ].join('\n');
}

/** What went wrong, a line for each kind; empty if nothing did. */
function problems(lanes: readonly Lane[]): string {
  const lines = lanes.flatMap(({ client, header, tally }) =>
    [...tally.problems].map(([problem, count]) => {
      const name = header === 'fixed' ? `${client} with a fixed header` : client;
      return `  ${name}: ${formatCount(count)} × ${problem}`;
    }),
  );
  return lines.length === 0 ? '' : ['Failed calls:', ...lines].join('\n');
}

function verdict(broken: readonly string[], { expiries }: Outcome): string {
  if (broken.length > 0) return `FAILED: ${broken.join('; ')}.`;
  if (expiries === 0) return 'PASSED, but no token expired in this time: let it run longer than a token lives.';
  return `PASSED: across ${expiries} expiries no call failed, none waited, and each refresh took one token request.`;
}
