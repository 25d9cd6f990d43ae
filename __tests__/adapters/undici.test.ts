import * as undici from 'undici';
import * as undici8 from 'undici-8';
import { adapterContract } from './adapter-contract.ts';
import { undiciBehaviour } from './undici-behaviour.ts';
import { undiciClients, undiciTraits } from './undici-client.ts';
import { undiciOnTheWire } from './undici-wire.ts';

// The adapter is compiled against undici 7; at run time it has to get on with the next major, too.
const majors = [
  ['undici 7', undici, false],
  ['undici 8', undici8 as unknown as typeof undici, true],
] as const;

for (const [name, major, tellsOrigin] of majors) {
  adapterContract(name, undiciClients(major), undiciTraits);
  const redirectBelow = undiciClients(major, (bearer, redirect, retry) => [redirect, ...bearer, ...retry]);
  adapterContract(`${name}, redirects below`, redirectBelow, { ...undiciTraits, tellsOfRedirects: false });
  undiciBehaviour(name, major, { tellsOrigin });
  undiciOnTheWire(name, major);
}
