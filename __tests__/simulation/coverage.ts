import type { Caller } from './caller.ts';
import type { Expectation, Grant } from './expectation.ts';
import type { ReferenceKey } from './reference-key.ts';

/** How often each situation came up: a net that is never cast catches nothing. */
export class Coverage {
  readonly counts: Map<string, number> = new Map();

  count(situation: string): void {
    this.counts.set(situation, (this.counts.get(situation) ?? 0) + 1);
  }

  call(key: ReferenceKey, expected: Expectation, isForced: boolean, wasInFlight: boolean): void {
    const forced = isForced ? 'forced ' : '';
    if (expected.kind === 'token') this.count(`${forced}call, ${stateOf(key, expected.grant)} token`);
    else if (expected.kind === 'cool-down') this.count(`${forced}call, cool-down`);
    else if (expected.held !== undefined) this.count(`${forced}call, waits in the margin`);
    else this.count(`${forced}call, ${wasInFlight ? 'joins' : 'begins'} a flight`);
  }

  settled({ expected, settlement, abort }: Caller): void {
    if (abort !== 'no' || expected.kind !== 'flight' || settlement === undefined) return;
    const isFallback = 'grant' in settlement && settlement.grant === expected.held;
    if (isFallback) this.count(expected.flight.end ? 'falls back after a failure' : 'falls back when patience ends');
    else this.count('error' in settlement ? 'failure reaches callers' : 'token reaches callers');
  }

  add(other: { readonly counts: ReadonlyMap<string, number> }): void {
    for (const [situation, count] of other.counts)
      this.counts.set(situation, (this.counts.get(situation) ?? 0) + count);
  }
}

function stateOf(key: ReferenceKey, grant: Grant): string {
  const { ages } = grant;
  const ageMs = key.ageMs(grant);
  if (ageMs < ages.staleMs) return 'fresh';
  return ageMs < ages.marginMs ? 'stale' : 'margin';
}
