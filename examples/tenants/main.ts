// Tenants that share a provider, and one that has its own: node examples/tenants/main.ts
import { ApiServer } from '../../__tests__/servers/api-server.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';
import { Tenants } from './tenants.ts';

const [issuer, ownIssuer] = await Promise.all([TokenServer.start(), TokenServer.start('own')]);
const apis = await Promise.all([ApiServer.start(), ApiServer.start(), ApiServer.start()]);
const [red, blue, green] = apis.map(({ origin }) => ({ apiUrl: `${origin}/` }));
if (!red || !blue || !green) throw new Error('three APIs were started');

const client = { tokenUrl: ownIssuer.url, clientId: 'known-to-green', clientSecret: 'another-secret' };
const tenants = new Tenants(
  { tokenUrl: issuer.url, clientId: 'platform', clientSecret: 'its-secret' },
  { red, blue, green: { ...green, client } },
);

for (const [name, { apiUrl }] of Object.entries({ red, blue, green })) {
  const call = tenants.fetchOf(name);
  const statuses = await Promise.all([1, 2, 3].map(async (number) => (await call(`${apiUrl}things/${number}`)).status));
  console.log(name, ...statuses);
}
const astray = await tenants
  .fetchOf('red')(blue.apiUrl)
  .catch((error: { code: string }) => error.code);
console.log("red's fetch, to blue's API:", astray);
console.log('distinct tokens at each API:', ...apis.map(({ tokens }) => new Set(tokens).size));
console.log('scopes asked for:', issuer.requests.map(({ form }) => form.get('scope')).join(', '));

await tenants[Symbol.asyncDispose]();
await Promise.all([issuer, ownIssuer, ...apis].map((server) => server.close()));
