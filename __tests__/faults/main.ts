// `npm run test:faults -- --rounds 50 --seed 7 --only redis-killed`: a fleet of processes that shares a token through a real
// Redis server, under steady load, while one fault after the other is done to it. `--json` prints results for a program;
// `--at-once` so many faults are tried beside each other;
// `--refresh-at 0.9 --expiry-margin-ms 0`: the herd uses its tokens for so much of their life. Ends with an exit code of 1 if anything was not as it should be.
import { parseArgs } from 'node:util';
import { hasRedisServer } from '../servers/redis-server.ts';
import { faults } from './faults.ts';
import { type HerdResult, herd, isHerdGood } from './herd.ts';
import { printReport } from './print-report.ts';
import { random } from './random.ts';
import { type FaultResult, runFault } from './run-fault.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    tokens: { type: 'string', default: '20' },
    'refresh-at': { type: 'string' },
    'expiry-margin-ms': { type: 'string' },
    'outage-ms': { type: 'string', default: '10000' },
    'at-once': { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
if (!hasRedisServer) throw new Error('redis-server is not installed');
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
process.setMaxListeners(0); // each process and server is ended with this one
const seed = Number(values.seed);
const rounds = Number(values.rounds);
const numberIfGiven = (text?: string): number | undefined => (text === undefined ? undefined : Number(text));
const say = (text: string): void => void process.stderr.write(`${text}\n`);
say(`seed ${seed}`);

const wanted = [...faults.map(({ name }) => name), 'herd'].filter((name) => (values.only ?? name) === name);
if (wanted.length === 0) throw new Error(`there is no fault ${values.only}`);
let herdResult: HerdResult | undefined;
if (wanted.includes('herd')) {
  const [refreshAt, expiryMarginMs] = [values['refresh-at'], values['expiry-margin-ms']].map(numberIfGiven);
  herdResult = await herd(16, 500, Number(values.tokens), { refreshAt, expiryMarginMs });
  say('herd: done');
}
const results: FaultResult[] = [];
const left = faults.filter(({ name }) => wanted.includes(name));
const work = async (): Promise<void> => {
  for (let fault = left.shift(); fault !== undefined; fault = left.shift()) {
    const dose = { outageMs: Number(values['outage-ms']), draw: random(`${seed} ${fault.name}`) };
    const result = await runFault(fault, rounds, dose, ({ name, rounds: done, problems }) =>
      say(`${name}: round ${done} of ${rounds}, ${problems.length} problems`),
    );
    for (const problem of result.problems) say(`${fault.name}: ${problem}`);
    results.push(result);
  }
};
await Promise.all(Array.from({ length: Number(values['at-once']) }, work));

if (values.json) process.stdout.write(JSON.stringify({ herd: herdResult, faults: results }));
else printReport(seed, herdResult, results);
const isGood = herdResult === undefined || isHerdGood(herdResult);
process.exitCode = isGood && results.every(({ problems }) => problems.length === 0) ? 0 : 1;
