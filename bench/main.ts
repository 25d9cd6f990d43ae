// `npm run bench`: every measurement after the other, each in a process of its own, then the charts and the documents.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Bench, benches, isHelp, isWhole, only, usage } from './arguments.ts';

const chosen = only.length > 0 ? benches.filter((bench) => only.includes(bench)) : benches;
const flags = process.argv.slice(2).filter((_, at, all) => !isPartOfOnly(all, at));

/** Whether the argument chooses what to run: that is for here, the others are for what runs. */
function isPartOfOnly(all: readonly string[], at: number): boolean {
  const argument = all[at] ?? '';
  if (argument === '--only' || argument.startsWith('--only=') || all[at - 1] === '--only') return true;
  return argument.split(',').every((name) => benches.some((bench) => bench === name));
}

function run(file: Bench | 'docs'): void {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${file}.ts`, import.meta.url)), ...flags], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}

if (isHelp) process.stdout.write(usage);
else {
  const startMs = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - startMs) / 1_000)} s so far`;
  for (const [at, bench] of chosen.entries()) {
    process.stderr.write(`\n${at + 1} of ${chosen.length}: ${bench}, ${elapsed()}\n`);
    run(bench);
  }
  if (isWhole) run('docs');
  process.stderr.write(`\ndone, ${elapsed()}\n`);
}
