// How long it takes to import each package in a new process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { progress, report } from './report.ts';
import { roundsWithin } from './rounds.ts';
import { ratios, shuffled, spreadOf } from './statistics.ts';

const ROUNDS = 16;
const SECONDS = 60;
const run = promisify(execFile);
const modules: Readonly<Record<string, string>> = {
  nothing: 'data:text/javascript,',
  tokenflight: new URL('../dist/index.js', import.meta.url).href,
  'tokenflight/fetch': new URL('../dist/adapters/fetch.js', import.meta.url).href,
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
    ].map((name) => [name, name]),
  ),
};

// What the processor worked for the import, as in `hot`: mostly compiling. Files are in the system's cache by then.
const script = (specifier: string): string => `
  const before = process.cpuUsage();
  await import(${JSON.stringify(specifier)});
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1_000);`;

const samples = new Map(Object.keys(modules).map((name) => [name, [] as number[]]));
for (const round of roundsWithin(SECONDS, ROUNDS)) {
  for (const [name, specifier] of shuffled(Object.entries(modules))) {
    progress(`cold: round ${round} of ${ROUNDS}, ${name}`);
    const args = ['--input-type=module', '-e', script(specifier)];
    const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname });
    if (round > 1) samples.get(name)?.push(Number(stdout)); // the first round fills the cache
  }
}
const own = samples.get('tokenflight') as number[];
report(
  'cold',
  'import in a new process, processor time, beside: tokenflight',
  [...samples].map(([name, ms]) => ({
    name,
    figures: { ms: spreadOf(ms, 1), ratio: spreadOf(ratios(ms, own), 2), rounds: ms.length },
  })),
);
