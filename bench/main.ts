// `npm run bench`: every measurement after the other, each in a process of its own, then the charts. Arguments choose:
// `npm run bench -- hot herd`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { writeCharts } from './charts.ts';

const all = ['hot', 'inject', 'herd', 'memory', 'cold', 'proofs'];
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}: choose from ${all.join(', ')}`);

for (const name of chosen.length > 0 ? chosen : all) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.ts`, import.meta.url))], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
writeCharts();
