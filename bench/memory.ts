// What a cached token takes in memory, its own text included.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { progress, report } from './report.ts';
import { roundsWithin } from './rounds.ts';
import { spreadOf } from './statistics.ts';

const ROUNDS = 3;
const SECONDS = 60;
const FLOOR = 'Map';
const run = promisify(execFile);
const script = fileURLToPath(new URL('memory-of.ts', import.meta.url));
const subjects = [FLOOR, 'lru-cache', 'async-cache-dedupe', 'tokenflight'];
const samples = new Map(subjects.map((name) => [name, [] as number[]]));
for (const round of roundsWithin(SECONDS, ROUNDS)) {
  for (const name of subjects) {
    progress(`memory: round ${round} of ${ROUNDS}, 100,000 tokens in ${name}`);
    const { stdout } = await run(process.execPath, ['--expose-gc', script, name]);
    samples.get(name)?.push(Number.parseFloat(stdout));
  }
}
const floor = samples.get(FLOOR) as number[];
report(
  'memory',
  '100,000 cached tokens, bytes for each, beside: a Map of tokens and their ends; the others keep one token each',
  [...samples].map(([name, bytes]) => ({
    name,
    figures: {
      bytes: spreadOf(bytes, 0),
      'over Map': spreadOf(
        bytes.map((value, at) => value - (floor[at] as number)),
        0,
      ),
    },
    ...(name === 'tokenflight' && { targets: { 'over Map': 200 } }),
  })),
);
