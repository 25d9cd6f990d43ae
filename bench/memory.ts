// What a cached token takes in memory, its own text included.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { progress, report, round } from './report.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('memory-of.ts', import.meta.url));
const bytesOf = async (what: string): Promise<number> => {
  progress(`memory: 100,000 tokens in ${what}`);
  const { stdout } = await run(process.execPath, ['--expose-gc', script, what]);
  return Number.parseFloat(stdout);
};
const map = await bytesOf('Map');
const rows = [{ name: 'Map', bytesPerToken: Math.round(map), overMap: 0 }];
for (const name of ['lru-cache', 'tokenflight']) {
  const bytes = await bytesOf(name);
  const row = { name, bytesPerToken: round(bytes, 0), overMap: round(bytes - map, 0) };
  rows.push(name === 'tokenflight' ? Object.assign(row, { target: 200 }) : row);
}
report('memory', '100,000 cached tokens, bytes for each', rows);
