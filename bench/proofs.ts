// What proofs cost, without any network: a token request by way of client authentication, and an API request with a bearer
// token or with one that is bound to a key. Medians of one run, each beside the cheapest way.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Bench } from 'tinybench';
import { bearerFetch } from '../dist/adapters/fetch.js';
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretJwt,
  dpop,
  privateKeyJwt,
  TokenProvider,
} from '../dist/index.js';

const TOKEN_URL = 'https://auth.example/token';
const API = 'https://api.example';

const generate = async (algorithm: object): Promise<CryptoKey> =>
  ((await crypto.subtle.generateKey(algorithm as EcKeyGenParams, false, ['sign', 'verify'])) as CryptoKeyPair)
    .privateKey;
const rsa = (name: string): object => ({
  name,
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
});

/** Answers every token request at once. */
const granting = (tokenType: string) => async (): Promise<Response> =>
  Response.json({ access_token: 'an.access.token', token_type: tokenType, expires_in: 900 });

const authentications: Readonly<Record<string, ClientAuthentication>> = {
  client_secret_basic: clientSecretBasic('client', 'a-secret-of-no-server'),
  client_secret_jwt: clientSecretJwt('client', 'a-secret-of-no-server-with-32-bytes'),
  'private_key_jwt, EdDSA': privateKeyJwt('client', await generate({ name: 'Ed25519' })),
  'private_key_jwt, ES256': privateKeyJwt('client', await generate({ name: 'ECDSA', namedCurve: 'P-256' })),
  'private_key_jwt, RS256 2048': privateKeyJwt('client', await generate(rsa('RSASSA-PKCS1-v1_5'))),
};

const bench = new Bench({ time: 1_000, warmupTime: 300 });
for (const [name, clientAuthentication] of Object.entries(authentications)) {
  const options = { clientAuthentication, transport: granting('Bearer'), forcedRefreshIntervalMs: 0 };
  const provider = new TokenProvider({ tokenUrl: TOKEN_URL, ...options });
  bench.add(`token request: ${name}`, async () => {
    await provider.getToken(undefined, { forceRefresh: true });
  });
}
const answered = async (): Promise<Response> => new Response(null, { status: 204 });
for (const [name, bound] of Object.entries({ Bearer: undefined, 'DPoP, ES256': dpop() })) {
  const source = new TokenProvider({
    tokenUrl: TOKEN_URL,
    clientId: 'client',
    clientSecret: 'a-secret-of-no-server',
    transport: granting(bound ? 'DPoP' : 'Bearer'),
    dpop: bound,
  });
  const call = bearerFetch(source, { origins: API, fetch: answered as typeof fetch });
  bench.add(`API request: ${name}`, async () => {
    await call(`${API}/things`);
  });
}

process.stderr.write('about 10 s …\n');
await bench.run();

const rows = bench.tasks.map(({ name, result }) => {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
  return { name, medianMs: result.latency.p50 };
});
const table = rows.map(({ name, medianMs }) => {
  const kind = name.split(':')[0] ?? '';
  const first = rows.find((row) => row.name.startsWith(kind))?.medianMs ?? medianMs;
  return { name, medianUs: Math.round(medianMs * 1_000), ratio: Math.round((medianMs / first) * 100) / 100 };
});
console.table(table);
const results = new URL('results/', import.meta.url);
mkdirSync(results, { recursive: true });
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
writeFileSync(new URL('proofs.json', results), `${JSON.stringify({ machine, rows: table }, null, 2)}\n`);
