import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { isWhole } from './arguments.ts';
import { cellOf, columnsOf, type Machine, type Result, type Row } from './result.ts';
import { rounded } from './statistics.ts';

const results = new URL('results/', import.meta.url);
const machine: Machine = {
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  load: rounded(loadavg()[0] ?? 0, 1),
};
const QUIET_MS = 3_000;
let shownMs = Number.NEGATIVE_INFINITY;

/** Overwrites the line on the terminal; elsewhere a line now and then. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (text !== '' && performance.now() - shownMs > QUIET_MS) {
    shownMs = performance.now();
    process.stderr.write(`${text}\n`);
  }
}

/** Shows a table, and keeps it as `bench/results/<name>.json` if it was measured in full. */
export function report(name: string, about: string, rows: readonly Row[], doubt?: string): void {
  progress('');
  console.log(`\n${name}: ${about}${doubt ? `\n${doubt}` : ''}`);
  const columns = columnsOf(rows);
  console.table(
    Object.fromEntries(
      rows.map((row) => [row.name, Object.fromEntries(columns.map((column) => [column, cellOf(row, column)]))]),
    ),
  );
  if (!isWhole) return;
  mkdirSync(results, { recursive: true });
  const result: Result = { about, machine, ...(doubt && { doubt }), rows };
  writeFileSync(new URL(`${name}.json`, results), `${JSON.stringify(result, null, 2)}\n`);
}
