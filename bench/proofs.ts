// What proofs cost, without any network: a token request by way of client authentication, and an API request with a bearer
// token or with one that is bound to a key, each beside the cheapest way.
import { bearerFetch } from '../dist/adapters/fetch.js';
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretJwt,
  dpop,
  privateKeyJwt,
  TokenProvider,
} from '../dist/index.js';
import { type Batch, interleave } from './interleave.ts';
import { progress, report } from './report.ts';
import type { Row } from './result.ts';
import { roundsWithin } from './rounds.ts';

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

const repeated =
  (run: () => Promise<unknown>): Batch =>
  async (count) => {
    for (let at = 0; at < count; at++) await run();
  };

const tokenRequests: Record<string, Batch> = {};
for (const [name, clientAuthentication] of Object.entries(authentications)) {
  const options = { clientAuthentication, transport: granting('Bearer'), forcedRefreshIntervalMs: 0 };
  const provider = new TokenProvider({ tokenUrl: TOKEN_URL, ...options });
  tokenRequests[`token request: ${name}`] = repeated(() => provider.getToken(undefined, { forceRefresh: true }));
}
const answered = async (): Promise<Response> => new Response(null, { status: 204 });
const apiRequests: Record<string, Batch> = {};
for (const [name, bound] of Object.entries({ Bearer: undefined, 'DPoP, ES256': dpop() })) {
  const source = new TokenProvider({
    tokenUrl: TOKEN_URL,
    clientId: 'client',
    clientSecret: 'a-secret-of-no-server',
    transport: granting(bound ? 'DPoP' : 'Bearer'),
    dpop: bound,
  });
  const call = bearerFetch(source, { origins: API, fetch: answered as typeof fetch });
  apiRequests[`API request: ${name}`] = repeated(() => call(`${API}/things`));
}

const ROUNDS = 31;
const SECONDS = 10;
const rows: Row[] = [];
for (const batches of [tokenRequests, apiRequests]) {
  const [floor = ''] = Object.keys(batches);
  const onRound = (round: number): void => progress(`proofs: round ${round} of ${ROUNDS}`);
  for (const { name, ns, ratio, rounds } of await interleave(batches, {
    floor,
    rounds: roundsWithin(SECONDS, ROUNDS),
    onRound,
  })) {
    const inUs = (value: number): number => Math.round(value / 1_000);
    rows.push({
      name,
      figures: { µs: { median: inUs(ns.median), low: inUs(ns.low), high: inUs(ns.high) }, ratio, rounds },
    });
  }
}
report('proofs', 'what proofs cost without any network, beside: a secret, a bearer token', rows);
