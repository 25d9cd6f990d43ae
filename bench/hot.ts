// What it costs to ask for a token that is cached.
import { TokenProvider } from '../dist/index.js';
import { startEndpoint } from './endpoint.ts';
import { type Batch, interleave, type Measured } from './interleave.ts';
import { progress, report } from './report.ts';
import type { Row } from './result.ts';
import { roundsWithin } from './rounds.ts';
import { type GetToken, subjects } from './subjects.ts';

const ROUNDS = 101;
const SECONDS = 20;
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

/** Measures, and reports what each takes beside the floor. */
async function compare(
  name: string,
  about: string,
  floor: string,
  batches: Readonly<Record<string, Batch>>,
  targets: Readonly<Record<string, number>>,
): Promise<void> {
  const onRound = (at: number): void => progress(`${name}: round ${at} of ${ROUNDS}`);
  const measured = await interleave(batches, { floor, rounds: roundsWithin(SECONDS, ROUNDS), onRound });
  const rowOf = ({ name: subject, ns, ratio, plusMinus, rounds }: Measured): Row => ({
    name: subject,
    figures: { ns, ratio, '± (95 %)': plusMinus, rounds },
    ...(targets[subject] && { targets: { ratio: targets[subject] } }),
  });
  report(name, `${about}, beside: ${floor}`, measured.map(rowOf));
}

interface Entry {
  readonly token: string;
  readonly untilMs: number;
  readonly endMs: number;
}
const entryFor = (scope: string): Entry => ({
  token: `token-${scope}`,
  untilMs: Date.now() + HOUR_MS,
  endMs: performance.now() + HOUR_MS,
});
const byOneClock = (entry: Entry | undefined): unknown =>
  entry !== undefined && performance.now() < entry.endMs ? entry.token : undefined;
const byBothClocks = (entry: Entry | undefined): unknown => {
  const isGood = entry !== undefined && performance.now() < entry.endMs && Date.now() < entry.untilMs;
  return isGood ? entry.token : undefined;
};

const options = {
  tokenUrl: 'https://auth.example/token',
  clientId: 'client',
  clientSecret: 'secret',
  transport: async (): Promise<Response> =>
    Response.json({ access_token: crypto.randomUUID(), token_type: 'Bearer', expires_in: 86_400 }),
};
const ONE_CLOCK = 'Map lookup and performance.now()';
const BOTH_CLOCKS = 'Map lookup and both clocks';
const PEEK = 'tokenflight peek()';

const single = new TokenProvider(options);
await single.getToken();
const map = new Map([['key', entryFor('key')]]);
await compare(
  'hot-peek',
  'one cached token, without a promise',
  ONE_CLOCK,
  {
    'constant string': sync(() => 'token'),
    [ONE_CLOCK]: sync(() => byOneClock(map.get('key'))),
    [BOTH_CLOCKS]: sync(() => byBothClocks(map.get('key'))),
    [PEEK]: sync(() => single.peek()),
  },
  { [PEEK]: 1.2 },
);
await single.close();

const endpoint = await startEndpoint();
const resolved = Promise.resolve('token');
const RESOLVED = 'await of a resolved promise';
const rivals: Record<string, Batch> = { [RESOLVED]: awaited(() => resolved) };
for (const [name, { make }] of Object.entries(subjects)) {
  const get = await make(endpoint.tokenUrl, 60);
  await get();
  rivals[name] = awaited(get);
}
await compare('hot-await', 'one cached token, awaited', RESOLVED, rivals, { tokenflight: 1.5 });
endpoint.close();

/** Calls with one scope after the other, in an order that no cache of the processor foresees. */
function eachScope(run: (scope: string) => unknown): () => unknown {
  let at = 0;
  return () => {
    at = (at + 48_271) % KEYS;
    return run(scopes[at] as string);
  };
}
const scopes = Array.from({ length: KEYS }, (_, at) => `api:${at}`);
const entries = new Map(scopes.map((scope) => [scope, entryFor(scope)]));
const requests = new Map(scopes.map((scope) => [scope, { scope }]));
const many = new TokenProvider({ ...options, maxTokens: KEYS + 1 });
for (let at = 0; at < KEYS; at += 1_000) {
  progress(`hot: filling ${at} of ${KEYS}`);
  await Promise.all(scopes.slice(at, at + 1_000).map((scope) => many.getToken({ scope })));
}
await compare(
  'hot-peek-keys',
  `${KEYS.toLocaleString('en')} cached tokens in turn, without a promise`,
  ONE_CLOCK,
  {
    [ONE_CLOCK]: sync(eachScope((scope) => byOneClock(entries.get(scope)))),
    [BOTH_CLOCKS]: sync(eachScope((scope) => byBothClocks(entries.get(scope)))),
    [`${PEEK}, request made for each call`]: sync(eachScope((scope) => many.peek({ scope }))),
    [`${PEEK}, request kept`]: sync(eachScope((scope) => many.peek(requests.get(scope)))),
  },
  { [`${PEEK}, request made for each call`]: 1.5 },
);

const SCOPED = 'tokenflight getToken({ scope })';
const PROMISES = 'await of a Map lookup';
const promises = new Map(scopes.map((scope) => [scope, Promise.resolve(scope)]));
await compare(
  'hot-await-keys',
  `${KEYS.toLocaleString('en')} cached tokens in turn, awaited`,
  PROMISES,
  {
    [PROMISES]: awaited(eachScope((scope) => promises.get(scope))),
    [SCOPED]: awaited(eachScope((scope) => many.getToken({ scope }))),
  },
  { [SCOPED]: 1.5 },
);
await many.close();
process.exit(); // some subjects keep sockets and timers
