// How long it takes to import each package in a new process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from './interleave.ts';
import { progress, report, round } from './report.ts';

const ROUNDS = 15;
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

const samples = new Map(Object.keys(modules).map((name) => [name, [] as number[]]));
for (let at = 0; at < ROUNDS; at++) {
  for (const [name, specifier] of Object.entries(modules)) {
    progress(`cold: round ${at + 1} of ${ROUNDS}, ${name}`);
    const code = `const t = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - t);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: import.meta.dirname });
    samples.get(name)?.push(Number(stdout));
  }
}
const own = samples.get('tokenflight') as number[];
report(
  'cold',
  'import in a new process',
  [...samples].map(([name, ms]) => ({
    name,
    medianMs: round(median(ms), 1),
    ratioToTokenflight: round(median(ms.map((value, at) => value / (own[at] as number)))),
  })),
);
