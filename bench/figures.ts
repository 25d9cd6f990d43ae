// What the documents say of the results, in Markdown.
import { cellOf, columnsOf, figureText, type Machine, type Result, verdictOf } from './result.ts';

export type Results = Readonly<Record<string, Result>>;

const order = [
  'hot-peek',
  'hot-peek-keys',
  'hot-await',
  'hot-await-keys',
  'inject',
  'herd',
  'stall',
  'outage',
  'cold',
  'memory',
  'proofs',
  'size',
];

/** Of docs/bench.md: all tables. */
export function allTables(results: Results): string {
  const sections = order.map((name) => {
    const { about, machine, doubt, rows } = resultOf(results, name);
    const columns = columnsOf(rows);
    return [
      `### ${name}`,
      `${capitalized(about)}. ${machineText(machine)}`,
      ...(doubt ? [`**In doubt: ${doubt}.**`] : []),
      table(['', ...columns], [...rows.map((row) => [row.name, ...columns.map((column) => cellOf(row, column))])]),
    ].join('\n\n');
  });
  return sections.join('\n\n');
}

interface Headline {
  readonly what: string;
  readonly result: string;
  readonly row: string;
  readonly figures: readonly string[];
  readonly unit: string;
  readonly beside: string;
}

const scopes = '100,000 tokens in turn';
const fixed = (client: string): string => `${client} with a fixed header, loopback`;
const headlines: readonly Headline[] = [
  headline(
    '`peek()`, one token',
    'hot-peek',
    'tokenflight peek()',
    ['ratio'],
    '×',
    'a `Map` lookup and `performance.now()`',
  ),
  headline(
    `\`peek({ scope })\`, ${scopes}`,
    'hot-peek-keys',
    'tokenflight peek(), request made for each call',
    ['ratio'],
    '×',
    'the same',
  ),
  headline(
    '`await getToken()`, one token',
    'hot-await',
    'tokenflight',
    ['ratio'],
    '×',
    'the await of a resolved promise',
  ),
  headline(
    `\`await getToken({ scope })\`, ${scopes}`,
    'hot-await-keys',
    'tokenflight getToken({ scope })',
    ['ratio'],
    '×',
    'the await of a `Map` lookup',
  ),
  ...['fetch', 'got', 'undici', 'axios'].map((client) =>
    headline(
      `a request through \`tokenflight/${client}\`: p50; CPU`,
      'inject',
      `tokenflight/${client}`,
      ['p50 ratio', 'CPU ratio'],
      '×',
      fixed(client),
    ),
  ),
  headline('p99.9 of a call while tokens end', 'stall', 'tokenflight', ['p99.9 ratio'], '×', fixed('fetch')),
  headline(
    'the import of `tokenflight` and `tokenflight/fetch`: CPU',
    'cold',
    'tokenflight and tokenflight/fetch',
    ['ratio'],
    '×',
    'that of its dependencies alone',
  ),
  headline(
    'memory of a token, of 100,000',
    'memory',
    'tokenflight',
    ['over Map'],
    'bytes',
    'a `Map` of tokens and their ends',
  ),
  headline('`TokenProvider` in a bundle', 'size', 'TokenProvider', ['bytes'], 'bytes', 'minified and gzipped'),
];

function headline(
  what: string,
  result: string,
  row: string,
  figures: readonly string[],
  unit: string,
  beside: string,
): Headline {
  return { what, result, row, figures, unit, beside };
}

interface Comparison {
  readonly column: string;
  readonly result: string;
  readonly figures: readonly string[];
}

const comparisons: readonly Comparison[] = [
  { column: 'waited for a token', result: 'stall', figures: ['of these for a token'] },
  { column: '401s', result: 'stall', figures: ['401s'] },
  { column: 'p99.9, × fixed header', result: 'stall', figures: ['p99.9 ratio'] },
  { column: 'failed; stuck: endpoint down', result: 'outage', figures: ['down: failed', 'down: stuck'] },
  { column: 'failed; stuck: it hangs', result: 'outage', figures: ['hanging: failed', 'hanging: stuck'] },
  { column: 'requests of 1,000 cold callers', result: 'herd', figures: ['1,000 cold'] },
  { column: 'cached token, ns', result: 'hot-await', figures: ['ns'] },
];

/** Of the README: what matters most, by this package and by the others. */
export function mainFigures(results: Results): string {
  const measured = headlines.map(({ what, result, row: name, figures, unit, beside }) => {
    const row = rowOf(results, result, name);
    const texts = figures.map((figure) => `${figureText(row.figures[figure])} ${unit}`);
    const targets = figures.flatMap((figure) => row.targets?.[figure] ?? []).map((target) => figureText(target));
    const isMissed = verdictOf({ ...row, targets: pick(row.targets, figures) }).includes('missed');
    return [
      what,
      texts.join('; '),
      beside,
      `${[...new Set(targets)].join('; ')} ${unit}: ${isMissed ? 'missed' : 'met'}`,
    ];
  });
  const names = resultOf(results, 'stall').rows.map(({ name }) => name);
  const compared = names.map((name) => [
    name,
    ...comparisons.map(({ result, figures }) => {
      const row = resultOf(results, result).rows.find((each) => each.name === name);
      const texts = figures.map((figure) => figureText(row?.figures[figure])).filter(Boolean);
      return texts.join('; ') || '–';
    }),
  ]);
  const { machine } = resultOf(results, 'stall');
  return [
    `${machineText(machine)} In brackets the quartiles of the rounds.`,
    ...order.flatMap((name) => {
      const { doubt } = resultOf(results, name);
      return doubt ? [`**\`${name}\` in doubt: ${doubt}.**`] : [];
    }),
    table(['what', 'measured', 'beside', 'at most'], measured),
    `Other packages, each set up as [docs/bench.md](docs/bench.md) says; of ${figureText(rowOf(results, 'stall', 'tokenflight').figures['calls'])} calls while tokens end, and of 650 while the token endpoint has trouble for 6 s and recovers before the token ends:`,
    table(['', ...comparisons.map(({ column }) => column)], compared),
  ].join('\n\n');
}

const pick = (
  targets: Readonly<Record<string, number>> | undefined,
  names: readonly string[],
): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(targets ?? {}).filter(([name]) => names.includes(name)));

/** The text with the figures in the place of those between the marks. */
export function withFigures(text: string, figures: string): string {
  const begin = '<!-- figures: written by `npm run docs:bench` -->';
  const from = text.indexOf(begin);
  const to = text.indexOf('<!-- end of figures -->');
  if (from === -1 || to < from) throw new Error('the marks around the figures are missing');
  return `${text.slice(0, from + begin.length)}\n\n${figures}\n\n${text.slice(to)}`;
}

function resultOf(results: Results, name: string): Result {
  const result = results[name];
  if (result === undefined) throw new Error(`bench/results/${name}.json is missing: npm run bench`);
  return result;
}

function rowOf(results: Results, result: string, name: string): Result['rows'][number] {
  const row = resultOf(results, result).rows.find((each) => each.name === name);
  if (row === undefined) throw new Error(`bench/results/${result}.json has no ${name}: npm run bench`);
  return row;
}

function machineText({ node, cpu, cores, load }: Machine): string {
  return `Measured on ${cores} × ${cpu}, Node.js ${node.slice(1)}, at a load average of ${load} when it began.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
