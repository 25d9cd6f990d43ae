import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const results = new URL('results/', import.meta.url);

/** A row's target: the largest value of `measure` that is good enough. */
export interface Row {
  readonly name: string;
  readonly target?: number;
  readonly [figure: string]: string | number | undefined;
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Overwrites the line on the terminal. */
export function progress(text: string): void {
  process.stderr.write(`\r\u001b[K${text}`);
}

/** Shows a table and keeps it as `bench/results/<name>.json`. */
export function report(name: string, about: string, rows: readonly Row[]): void {
  progress('');
  console.log(`\n${name}: ${about}`);
  console.table(rows);
  mkdirSync(results, { recursive: true });
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
  writeFileSync(new URL(`${name}.json`, results), `${JSON.stringify({ about, machine, rows }, null, 2)}\n`);
}
