// `npm run docs:bench`: draws the charts, and writes the figures into the README and docs/bench.md, from `bench/results`.
// With `--check` it writes nothing, and says what does not agree with the results.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { drawCharts } from './charts.ts';
import { allTables, mainFigures, type Results, withFigures } from './figures.ts';
import type { Result } from './result.ts';

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const results: Results = Object.fromEntries(
  readdirSync(new URL('bench/results', root))
    .filter((file) => file.endsWith('.json'))
    .map((file) => [file.slice(0, -'.json'.length), JSON.parse(read(`bench/results/${file}`)) as Result]),
);
const charts = Object.entries(drawCharts(results)).map(([file, text]) => [`bench/results/${file}`, text] as const);
const documents = [
  ['README.md', withFigures(read('README.md'), mainFigures(results))],
  ['docs/bench.md', withFigures(read('docs/bench.md'), allTables(results))],
  ...charts,
] as const;

for (const [path, text] of documents) {
  if (!process.argv.includes('--check')) writeFileSync(new URL(path, root), text);
  else if (current(path) !== text) {
    console.error(`${path} does not say what bench/results does: npm run docs:bench`);
    process.exitCode = 1;
  }
}

function current(path: string): string | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}
