// `npm run soak -- --seconds 60`: short-lived tokens under steady load, with a slow token endpoint, then with one that is
// down for most of each token's life. Ends with an exit code of 1 if a call failed or was rejected, if one waited for a
// refresh that met no trouble, or if the endpoint was asked more than once in any second while it was down.
import { parseArgs } from 'node:util';
import { type SoakResult, soak } from './soak.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
const slow = { tokenLifetimeMs: 3_000, latencyMs: 300, outage: undefined };
const scenarios = [
  { name: 'steady: 3 s tokens, 300 ms endpoint', settings: slow, maxWaiting: 0 },
  {
    // A 3 s token is refreshed from 1.2 to 1.5 s on, counted from when it was asked for.
    name: 'outage: endpoint down from before the refresh point to just before the end of each 3 s token',
    settings: { ...slow, outage: { fromMs: 900, untilMs: 2_600 } },
    maxWaiting: Number.POSITIVE_INFINITY,
  },
  {
    // A 20 s token is refreshed from 8 to 10 s on and given up at 18 s.
    name: 'outage: the same with 20 s tokens',
    settings: { tokenLifetimeMs: 20_000, latencyMs: 300, outage: { fromMs: 7_600, untilMs: 17_000 } },
    maxWaiting: Number.POSITIVE_INFINITY,
  },
];

let isGood = true;
const rows: Record<string, SoakResult> = {};
for (const { name, settings, maxWaiting } of scenarios) {
  const result = await soak(settings, {
    seconds,
    ratePerSecond: 200,
    onSecond: (second) => process.stderr.write(`\r${name}: ${second} of ${seconds} s `),
  });
  process.stderr.write('\n');
  rows[name] = result;
  isGood &&= result.failedCalls === 0 && result.rejectedCalls === 0 && result.waitingCalls <= maxWaiting;
  isGood &&= result.mostRefusedInASecond <= 1;
}
for (const [name, result] of Object.entries(rows)) {
  console.log(name);
  for (const [figure, value] of Object.entries(result)) console.log(`  ${figure.padEnd(28)} ${value}`);
}
process.exitCode = isGood ? 0 : 1;
