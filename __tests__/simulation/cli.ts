import { parseArgs } from 'node:util';
import { runSabotages } from './run-sabotages.ts';
import { runSchedules } from './run-schedules.ts';

const USAGE = `npm run simulate -- [--runs N] [--seed S] [--path P] [--workers W] [--sabotage]

  --runs N      schedules to carry out; with --sabotage, at most so many for each (default 100000; 20000)
  --seed S      where to begin (default: another one each time)
  --path P      with the seed of a failure: carry out that one schedule again
  --workers W   threads (default 2)
  --sabotage    break the code in each known way, and see whether that is found`;

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
    workers: { type: 'string', default: '2' },
    sabotage: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value)) return value;
  throw new Error(`--${name} must be a whole number`);
};
const tell = (line: string): void => console.log(line);

if (values.help) tell(USAGE);
else {
  const seed = wholeNumber('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
  const workers = Math.max(1, wholeNumber('workers', values.workers));
  tell(`seed ${seed}`);
  if (values.sabotage) {
    const most = wholeNumber('runs', values.runs ?? '20000');
    process.exitCode = (await runSabotages({ seed, most, workers }, tell)) === 0 ? 0 : 1;
  } else {
    const runs = values.path === undefined ? wholeNumber('runs', values.runs ?? '100000') : 1;
    const failure = await runSchedules({ runs, seed, path: values.path, workers }, tell);
    tell(failure === undefined ? 'every promise was kept' : `\n${failure}`);
    process.exitCode = failure === undefined ? 0 : 1;
  }
}
