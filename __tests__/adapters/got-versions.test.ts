import type { Got } from 'got';
import got14 from 'got-14';
import got15 from 'got-15';
import { adapterContract } from './adapter-contract.ts';
import { gotBehaviour } from './got-behaviour.ts';
import { gotClients, gotTraits } from './got-client.ts';

// The adapter is compiled against the newest got; at run time it has to get on with the majors before it.
const majors = [
  ['got 14', got14, true],
  ['got 15', got15, false],
] as const;

for (const [name, major, canCancel] of majors) {
  const got = major as unknown as Got;
  adapterContract(name, gotClients(got), gotTraits);
  gotBehaviour(name, got, { canCancel });
}
