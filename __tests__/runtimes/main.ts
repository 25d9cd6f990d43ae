// `npm run test:runtimes`: runs the suite on the built package in every engine that is there, and names those that are
// not. Arguments choose engines by a part of their name: `npm run test:runtimes -- workerd chromium`. With `--all` a
// missing engine is a failure.
import { parseArgs } from 'node:util';
import { chromium } from './chromium.ts';
import { type Engine, installed, processEngine } from './engine.ts';
import { startServer } from './server.ts';
import { sharedStore } from './shared-store.ts';
import { workerd } from './workerd.ts';
import { workers } from './workers/engine.ts';

const major = process.version.slice(1).split('.')[0];
const engines: readonly Engine[] = [
  processEngine(`Node.js ${major}`, process.execPath),
  ...[22, 24, 26]
    .filter((version) => String(version) !== major)
    .map((version) => processEngine(`Node.js ${version}`, installed(`runtime-node-${version}/bin/node`))),
  processEngine('Bun', installed('bun/bin/bun.exe')),
  processEngine('Deno', installed('.bin/deno'), ['run', '--allow-all', '--cached-only', '--node-modules-dir=manual']),
  workerd,
  workers,
  ...chromium,
  ...sharedStore,
];

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
const isChosen = ({ name }: Engine): boolean =>
  positionals.length === 0 || positionals.some((part) => name.toLowerCase().includes(part.toLowerCase()));

const server = await startServer();
const widest = Math.max(...engines.map(({ name }) => name.length));
let passed = 0;
let failed = 0;
for (const [position, engine] of engines.entries()) {
  if (!isChosen(engine)) continue;
  const label = engine.name.padEnd(widest);
  if (engine.missing !== undefined) {
    console.log(`${label} missing: ${engine.missing}`);
    if (values.all) failed++;
    continue;
  }
  const startedMs = performance.now();
  try {
    const results = await engine.run(server.origin, `engine${position}`);
    const bad = results.filter(({ problem }) => problem !== undefined);
    passed += results.length - bad.length;
    failed += bad.length + (results.length === 0 ? 1 : 0);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    console.log(`${label} ${results.length - bad.length} passed, ${bad.length} failed, ${seconds} s`);
    for (const { name, problem } of bad) console.log(`  ${name}\n    ${problem?.replaceAll('\n', '\n    ')}`);
  } catch (error) {
    failed++;
    console.log(`${label} could not be run: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
await server.close();
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
