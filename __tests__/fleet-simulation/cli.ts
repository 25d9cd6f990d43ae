import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installSyncDigest } from '../fakes/sync-digest.ts';
import { plot } from './plot.ts';
import { type FleetRow, reportTable } from './report.ts';
import { type FleetResult, simulateFleet } from './simulate-fleet.ts';

const USAGE = `npm run simulate:fleet -- [--processes N,N] [--seed S] [--json FILE] [--svg FILE] ...

  --processes N,N     sizes of the fleet (default 10,100,1000,10000)
  --real-up-to N      up to this size also with real providers, not only with the model of them (default 100)
  --seed S            the same seed gives the same figures (default 1)
  --lifetime-s N      lifetime of a token (default 3600)
  --lifetimes N       so many lifetimes are watched (default 5)
  --calls-per-s N     calls of each process (default 1)
  --start-ms N        all processes start within this time (default 1000)
  --endpoint-ms N     what a token request takes (default 100)
  --store-ms N        median round trip to the store (default 0.25)
  --store-per-s N     operations that the store can do in a second (default 20000)
  --json FILE         write the settings and all figures there
  --svg FILE          write the plot there`;

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '10,100,1000,10000' },
    'real-up-to': { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'lifetime-s': { type: 'string', default: '3600' },
    lifetimes: { type: 'string', default: '5' },
    'calls-per-s': { type: 'string', default: '1' },
    'start-ms': { type: 'string', default: '1000' },
    'endpoint-ms': { type: 'string', default: '100' },
    'store-ms': { type: 'string', default: '0.25' },
    'store-per-s': { type: 'string', default: '20000' },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const number = (name: keyof typeof values, text = String(values[name]), least = 0): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
  throw new Error(`--${name} must be a number of at least ${least}`);
};
const tell = (line: string): void => console.log(line);

if (values.help) tell(USAGE);
else {
  const sizes = values.processes.split(',').map((text) => Math.floor(number('processes', text, 1)));
  const realUpTo = number('real-up-to');
  const settings = {
    seed: number('seed'),
    lifetimeMs: number('lifetime-s', values['lifetime-s'], 10) * 1_000,
    lifetimes: number('lifetimes', values.lifetimes, 1),
    callsPerSecond: number('calls-per-s', values['calls-per-s'], 0.001),
    startMs: number('start-ms'),
    endpointMs: number('endpoint-ms'),
    storeMs: number('store-ms'),
    storePerSecond: number('store-per-s', values['store-per-s'], 1),
  };
  installSyncDigest();
  const run = (processes: number, isReal: boolean, isShared: boolean): Promise<FleetResult> => {
    const line = `${processes} ${isReal ? 'real providers' : 'modelled processes'}, ${isShared ? 'with' : 'without'} a store`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
    return simulateFleet({ ...settings, processes, isReal, isShared });
  };
  const rows: FleetRow[] = [];
  for (const processes of sizes) {
    rows.push({
      processes,
      shared: await run(processes, false, true),
      alone: await run(processes, false, false),
      real: processes <= realUpTo ? await run(processes, true, true) : undefined,
    });
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  tell(reportTable(rows));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ settings, rows }, undefined, 2)}\n`);
  if (values.svg !== undefined) writeFileSync(values.svg, plot(rows));
}
