import type { FleetResult } from './simulate-fleet.ts';

/** What is known of fleets of one size. */
export interface FleetRow {
  readonly processes: number;
  /** By the model. */
  readonly shared: FleetResult;
  readonly alone: FleetResult;
  /** With real providers, where the fleet is small enough for that. */
  readonly real: FleetResult | undefined;
}

const COLUMNS: readonly (readonly [string, (result: FleetResult, row: FleetRow) => string])[] = [
  ['processes', (_result, { processes }) => String(processes)],
  ['by', ({ isReal }) => (isReal ? 'providers' : 'model')],
  ['requests/lifetime', (result) => figure(result.tokenRequestsPerLifetime)],
  ['without store', (_result, { alone }) => figure(alone.tokenRequestsPerLifetime)],
  ['store ops/s', (result) => figure(result.storeOperationsPerSecond)],
  ['cold: requests', ({ coldStart }) => String(coldStart.tokenRequests)],
  ['p50 ms', ({ coldStart }) => figure(coldStart.p50WaitMs)],
  ['p99 ms', ({ coldStart }) => figure(coldStart.p99WaitMs)],
  ['restart: requests', ({ massRestart }) => String(massRestart.tokenRequests)],
  ['p99 ms', ({ massRestart }) => figure(massRestart.p99WaitMs)],
];

/** The results as a table for a terminal. */
export function reportTable(rows: readonly FleetRow[]): string {
  const lines = [COLUMNS.map(([heading]) => heading)];
  for (const row of rows) {
    for (const result of [row.shared, row.real]) {
      if (result !== undefined) lines.push(COLUMNS.map(([, cell]) => cell(result, row)));
    }
  }
  const widths = COLUMNS.map((_column, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  return lines.map((line) => line.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  ')).join('\n');
}

/** Three digits that matter. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
