import type { Lane, Tally } from './lanes.ts';
import type { Outcome } from './report.ts';
import { formatCount, formatMs, formatTable, type Row } from './table.ts';

const CLIENTS = ['got', 'fetch'] as const;

export function outcomeTable({ lanes, log, tokenRequests, expiries }: Outcome): string {
  const tally = (client: Lane['client'], header: Lane['header']): Tally =>
    (lanes.find((lane) => lane.client === client && lane.header === header) as Lane).tally;
  const counts = (label: string, read: (tally: Tally) => number): Row => {
    const [got, fetch] = CLIENTS.map((client) => read(tally(client, 'tokenflight'))) as [number, number];
    return [label, ...[got, fetch, got + fetch].map(formatCount)];
  };
  const latency = (label: string, header: Lane['header'], share: number): Row => [
    label,
    ...CLIENTS.map((client) => formatMs(percentile(tally(client, header).latenciesMs, share))),
  ];
  const total = (label: string, count: number): Row => [label, '', '', formatCount(count)];
  const lifetime = log.lifetimeMs > 0 ? ` (each lives ${log.lifetimeMs / 1_000} s)` : '';
  return formatTable([
    ['', ...CLIENTS, 'both'],
    counts('API calls', ({ calls }) => calls),
    counts('Failed calls', ({ failed }) => failed),
    counts('401s seen by callers', ({ unauthorized }) => unauthorized),
    total('401s unseen by callers (call sent again)', log.replayed),
    [],
    total('Token requests sent', tokenRequests),
    total(`Refreshes: tokens received${lifetime}`, log.refreshes),
    total('Token expiries crossed', expiries),
    total('Calls that waited for the very first token', log.waitedForFirst),
    total('Calls delayed by a refresh after the first', log.delayed),
    [],
    latency('p50 latency with tokenflight', 'tokenflight', 0.5),
    latency('p50 latency with a fixed header', 'fixed', 0.5),
    latency('p99 latency with tokenflight', 'tokenflight', 0.99),
    latency('p99 latency with a fixed header', 'fixed', 0.99),
  ]);
}

/** The nearest-rank percentile; undefined of nothing. */
function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1];
}
