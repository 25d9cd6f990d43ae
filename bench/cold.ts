// How long it takes to import each package in a new process.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { progress, report } from './report.ts';
import { roundsWithin } from './rounds.ts';
import { ratios, shuffled, spreadOf } from './statistics.ts';

const ROUNDS = 16;
const SECONDS = 60;
const FLOOR = 'the dependencies of tokenflight, and nothing else';
const OWN = 'tokenflight and tokenflight/fetch';
const TARGET = 1.3;
const run = promisify(execFile);
const built = (path: string): string => new URL(`../dist/${path}.js`, import.meta.url).href;
const root = fileURLToPath(new URL('..', import.meta.url));
const manifest: { readonly dependencies: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
);
const modules: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  [FLOOR]: Object.keys(manifest.dependencies),
  [OWN]: [built('index'), built('adapters/fetch')],
  tokenflight: [built('index')],
  'tokenflight/fetch': [built('adapters/fetch')],
  ...Object.fromEntries(
    [
      'lru-cache',
      '@azure/core-rest-pipeline',
      '@azure/msal-node',
      'google-auth-library',
      '@badgateway/oauth2-client',
      '@smithy/property-provider',
      'simple-oauth2',
      'axios-token-interceptor',
      'async-cache-dedupe',
    ].map((name) => [name, [name]]),
  ),
};

// What the processor worked for the import, as in `hot`: mostly compiling. Files are in the system's cache by then.
const script = (specifiers: readonly string[]): string => `
  const before = process.cpuUsage();
  await Promise.all(${JSON.stringify(specifiers)}.map((specifier) => import(specifier)));
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1_000);`;

const samples = new Map(Object.keys(modules).map((name) => [name, [] as number[]]));
for (const round of roundsWithin(SECONDS, ROUNDS)) {
  for (const [name, specifiers] of shuffled(Object.entries(modules))) {
    progress(`cold: round ${round} of ${ROUNDS}, ${name}`);
    const args = ['--input-type=module', '-e', script(specifiers)];
    const { stdout } = await run(process.execPath, args, { cwd: name === FLOOR ? root : import.meta.dirname });
    if (round > 1) samples.get(name)?.push(Number(stdout)); // the first round fills the cache
  }
}
const floor = samples.get(FLOOR) as number[];
report(
  'cold',
  `import in a new process, processor time, beside: ${FLOOR}`,
  [...samples].map(([name, ms]) => ({
    name,
    figures: { ms: spreadOf(ms, 1), ratio: spreadOf(ratios(ms, floor), 2), rounds: ms.length },
    ...(name === OWN && { targets: { ratio: TARGET } }),
  })),
);
