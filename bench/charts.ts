import { existsSync, readFileSync, writeFileSync } from 'node:fs';

interface Chart {
  /** `bench/results/<name>.json`, from which `bench/results/<name>.svg` is made. */
  readonly name: string;
  readonly figure: string;
  readonly title: string;
}

const charts: readonly Chart[] = [
  { name: 'hot-await', figure: 'ratio', title: 'A cached token, awaited: times the await of a resolved promise' },
  { name: 'herd', figure: '1000 cold', title: 'Token requests of 1,000 callers who find no token' },
  { name: 'cold', figure: 'medianMs', title: 'Import in a new process, ms' },
];

const ROW = 24;
const LABEL = 250;
const BARS = 380;
const results = new URL('results/', import.meta.url);

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Horizontal bars on a logarithmic scale that begins at 1, since what is compared lies orders of magnitude apart. */
function barChart(title: string, bars: readonly { readonly name: string; readonly value: number }[]): string {
  const scale = Math.log10(Math.max(10, ...bars.map(({ value }) => value)));
  const height = (bars.length + 1) * ROW + 28;
  const rows = bars.map(({ name, value }, at) => {
    const y = 40 + at * ROW;
    const width = Math.max(2, (Math.log10(Math.max(1, value)) / scale) * BARS).toFixed(1);
    const fill = name.startsWith('tokenflight') ? '#0a7d5a' : '#9aa5b1';
    return [
      `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width}" height="17" fill="${fill}"/>`,
      `<text x="${LABEL + Number(width) + 6}" y="${y + 13}">${value.toLocaleString('en')}</text>`,
    ].join('');
  });
  const wide = LABEL + BARS + 80;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${height}" width="${wide}" height="${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escaped(title)}">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="12" y="22" font-weight="bold">${escaped(title)} (logarithmic)</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

/** Draws what has been measured. */
export function writeCharts(): void {
  for (const { name, figure, title } of charts) {
    const file = new URL(`${name}.json`, results);
    if (!existsSync(file)) continue;
    const { rows } = JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly Record<string, number | string>[] };
    const bars = rows.map((row) => ({ name: String(row['name']), value: Number(row[figure]) }));
    writeFileSync(new URL(`${name}.svg`, results), barChart(title, bars));
  }
}
