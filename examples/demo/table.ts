/** A label, and a value for each column; an empty row is an empty line. */
export type Row = readonly string[];

/** Lines of text: the first column is left-aligned, all others are right-aligned. */
export function formatTable(rows: readonly Row[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const format = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart((widths[column] ?? 0) + 3);
  return rows.map((row) => row.map(format).join('').trimEnd()).join('\n');
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

export function formatMs(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '-' : `${milliseconds.toFixed(1)} ms`;
}
