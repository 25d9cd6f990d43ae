// What `bench/results` consists of, and how it reads. Imports nothing that has to be installed: the test that compares it
// with the README needs this file.
import type { Spread } from './statistics.ts';

export type Figure = number | string | Spread | undefined;

export interface Row {
  readonly name: string;
  readonly figures: Readonly<Record<string, Figure>>;
  /** For some of the figures: the largest value, by its median, that is good enough. */
  readonly targets?: Readonly<Record<string, number>>;
  readonly note?: string;
}

export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  /** The load average when it began: how many others wanted a processor. */
  readonly load: number;
}

export interface Result {
  readonly about: string;
  readonly machine: Machine;
  /** Why nothing is to be concluded from it. */
  readonly doubt?: string;
  readonly rows: readonly Row[];
}

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 2 });

/** `1.14 (1.12–1.17)`: the median, and the quartiles. */
export function figureText(figure: Figure): string {
  if (figure === undefined) return '';
  if (typeof figure === 'string') return figure;
  if (typeof figure === 'number') return number(figure);
  return `${number(figure.median)} (${number(figure.low)}–${number(figure.high)})`;
}

/** `ratio ≤ 1.2 missed`, or `met`, for each target. */
export function verdictOf({ figures, targets = {} }: Row): string {
  return Object.entries(targets)
    .map(([name, target]) => {
      const figure = figures[name];
      const value = typeof figure === 'object' ? figure.median : Number(figure);
      return `${name} ≤ ${number(target)} ${value <= target ? 'met' : 'missed'}`;
    })
    .join(', ');
}

/** The names of all columns of a table, in order, with those only that have something in them. */
export function columnsOf(rows: readonly Row[]): readonly string[] {
  const figures = [...new Set(rows.flatMap((row) => Object.keys(row.figures)))];
  const targets = rows.some(({ targets }) => targets) ? ['target'] : [];
  const notes = rows.some(({ note }) => note) ? ['note'] : [];
  return [...figures, ...targets, ...notes];
}

export function cellOf(row: Row, column: string): string {
  if (column === 'target') return verdictOf(row);
  if (column === 'note') return row.note ?? '';
  return figureText(row.figures[column]);
}
