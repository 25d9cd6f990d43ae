import type { Result } from './result.ts';

interface Chart {
  /** `bench/results/<name>.json`, from which `bench/results/<name>.svg` is made. */
  readonly name: string;
  readonly figure: string;
  readonly title: string;
}

const charts: readonly Chart[] = [
  { name: 'hot-await', figure: 'ratio', title: 'A cached token, awaited: times the await of a resolved promise' },
  { name: 'herd', figure: '1,000 cold', title: 'Token requests of 1,000 callers who find no token' },
  {
    name: 'stall',
    figure: 'p99.9 ratio',
    title: 'Renewals under load: p99.9 of a call, times that with a fixed header',
  },
  { name: 'cold', figure: 'ms', title: 'Import in a new process, ms of processor time' },
];

const ROW = 24;
const LABEL = 250;
const BARS = 380;

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

/** What has been measured, drawn: the text of each chart by its file's name. */
export function drawCharts(results: Readonly<Record<string, Result>>): Readonly<Record<string, string>> {
  const drawn = charts.map(({ name, figure, title }) => {
    const bars = (results[name]?.rows ?? []).map((row) => {
      const value = row.figures[figure];
      return { name: row.name, value: typeof value === 'object' ? value.median : Number(value) };
    });
    return [`${name}.svg`, barChart(title, bars)] as const;
  });
  return Object.fromEntries(drawn);
}
