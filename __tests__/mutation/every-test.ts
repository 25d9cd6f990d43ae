// All tests that judge mutants, in one realm: the package and what it stands on are then loaded once for each mutant
// and not once for each test file.
import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { checkSchedules } from '../simulation/check-schedules.ts';

const root = new URL('../', import.meta.url);
// These start processes or wait for real time: they only make each mutant's run longer.
const slow =
  /\/(certified-client-authentication|mutual-tls|many-requests|process-exit|second-server|real-herd)\.test\.ts$/;

for (const folder of ['errors', 'values', 'telemetry', 'store', 'provider', 'provider/shared', 'resource']) {
  for (const name of readdirSync(new URL(`${folder}/`, root)).sort()) {
    const file = new URL(`${folder}/${name}`, root);
    if (file.pathname.endsWith('.test.ts') && !slow.test(file.pathname)) await import(file.href);
  }
}

// The two exchanges are best judged by clients that are real: Node's own fetch and undici's dispatcher.
for (const client of ['fetch', 'undici']) await import(new URL(`adapters/${client}.test.ts`, root).href);

// Last, for mutants that got by everything else.
test('300 schedules keep every promise', async () => {
  const { failure } = await checkSchedules({ TokenProvider }, { runs: 300, seed: 7, shrinks: false });
  expect(failure?.violations).toBeUndefined();
}, 5_000);
