import * as undici from 'undici';
import * as undici8 from 'undici-8';
import { adapterContract } from './adapter-contract.ts';
import { undiciClients, undiciTraits } from './undici-client.ts';

// The adapter is compiled against undici 7; at run time it has to get on with the next major, too.
const majors = [
  ['undici 7', undici],
  ['undici 8', undici8 as unknown as typeof undici],
] as const;

for (const [name, major] of majors) {
  adapterContract(name, undiciClients(major), undiciTraits);
  const redirectBelow = undiciClients(major, (bearer, redirect, retry) => [redirect, ...bearer, ...retry]);
  adapterContract(`${name}, redirects below`, redirectBelow, { ...undiciTraits, tellsOfRedirects: false });
}
