// What it costs to ask for a token that is cached.
import { TokenProvider } from '../dist/index.js';
import { startEndpoint } from './endpoint.ts';
import { type Batch, interleave, type Measured } from './interleave.ts';
import { progress, report, round } from './report.ts';
import { type GetToken, subjects } from './subjects.ts';

const ROUNDS = 41;
const KEYS = 100_000;
const HOUR_MS = 3_600_000;

const sync =
  (run: () => unknown): Batch =>
  (count) => {
    let last: unknown;
    for (let at = 0; at < count; at++) last = run();
    return last;
  };
const awaited =
  (run: GetToken): Batch =>
  async (count) => {
    let last: unknown;
    for (let at = 0; at < count; at++) last = await run();
    return last;
  };

/** Calls with one scope after the other, in an order that no cache of the processor foresees. */
function eachScope(run: (scope: string) => unknown): () => unknown {
  let at = 0;
  return () => {
    at = (at + 48_271) % KEYS;
    return run(scopes[at] as string);
  };
}

const scopes = Array.from({ length: KEYS }, (_, at) => `api:${at}`);
const entries = new Map(
  scopes.map((scope) => [
    scope,
    { token: `token-${scope}`, untilMs: Date.now() + HOUR_MS, endMs: performance.now() + HOUR_MS },
  ]),
);
const fromMap = (scope: string): unknown => {
  const entry = entries.get(scope);
  return entry !== undefined && performance.now() < entry.endMs ? entry.token : undefined;
};
const fromMapByBothClocks = (scope: string): unknown => {
  const entry = entries.get(scope);
  const isGood = entry !== undefined && performance.now() < entry.endMs && Date.now() < entry.untilMs;
  return isGood ? entry.token : undefined;
};

const options = { tokenUrl: 'https://auth.example/token', clientId: 'client', clientSecret: 'secret' };
const grant = async (): Promise<Response> =>
  Response.json({ access_token: crypto.randomUUID(), token_type: 'Bearer', expires_in: 86_400 });
const provider = new TokenProvider({ ...options, maxTokens: KEYS + 1, transport: grant });
await provider.getToken();
for (let at = 0; at < KEYS; at += 1_000) {
  progress(`hot: filling ${at} of ${KEYS}`);
  await Promise.all(scopes.slice(at, at + 1_000).map((scope) => provider.getToken({ scope })));
}
const requests = new Map(scopes.map((scope) => [scope, { scope }]));

async function measure(
  title: string,
  floor: string,
  batches: Readonly<Record<string, Batch>>,
): Promise<readonly Measured[]> {
  const onRound = (at: number): void => progress(`hot: ${title}, round ${at} of ${ROUNDS}`);
  return interleave(batches, { floor, rounds: ROUNDS, batchMs: 4, onRound });
}

const rows = (measured: readonly Measured[], targets: Readonly<Record<string, number>> = {}) =>
  measured.map(({ name, medianNs, ratio }) => ({
    name,
    medianNs: round(medianNs, 1),
    ratio: round(ratio),
    ...(targets[name] && { target: targets[name] }),
  }));

const MAP = 'Map lookup and performance.now()';
const BOTH = 'Map lookup and both clocks';
const PEEK = 'tokenflight peek()';
report(
  'hot-peek',
  'one cached token, without a promise',
  rows(
    await measure('peek', MAP, {
      'constant string': sync(() => 'token'),
      [MAP]: sync(() => fromMap('api:7')),
      [BOTH]: sync(() => fromMapByBothClocks('api:7')),
      [PEEK]: sync(() => provider.peek()),
    }),
    { [PEEK]: 1.2 },
  ),
);

report(
  'hot-peek-keys',
  `${KEYS} cached tokens in turn, without a promise`,
  rows(
    await measure('peek, many keys', MAP, {
      [MAP]: sync(eachScope(fromMap)),
      [BOTH]: sync(eachScope(fromMapByBothClocks)),
      [`${PEEK}, request made for each call`]: sync(eachScope((scope) => provider.peek({ scope }))),
      [`${PEEK}, request kept`]: sync(eachScope((scope) => provider.peek(requests.get(scope)))),
    }),
    { [`${PEEK}, request made for each call`]: 1.5 },
  ),
);

const endpoint = await startEndpoint();
const rivals: Record<string, Batch> = {};
for (const [name, make] of Object.entries(subjects)) {
  const get = make(endpoint.tokenUrl);
  await get();
  rivals[name] = awaited(get);
}
const resolved = Promise.resolve('token');
const RESOLVED = 'await of a resolved promise';
report(
  'hot-await',
  'one cached token, awaited',
  rows(
    await measure('await', RESOLVED, {
      [RESOLVED]: awaited(() => resolved),
      ...rivals,
    }),
    { tokenflight: 1.5 },
  ),
);
endpoint.close();

const SCOPED = 'tokenflight getToken({ scope })';
const PROMISES = 'await of a Map lookup';
const promises = new Map(scopes.map((scope) => [scope, Promise.resolve(scope)]));
report(
  'hot-await-keys',
  `${KEYS} cached tokens in turn, awaited`,
  rows(
    await measure('await, many keys', PROMISES, {
      [PROMISES]: awaited(eachScope((scope) => promises.get(scope))),
      [SCOPED]: awaited(eachScope((scope) => provider.getToken({ scope }))),
    }),
    { [SCOPED]: 1.5 },
  ),
);
await provider.close();
