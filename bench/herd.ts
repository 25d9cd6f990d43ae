// How often a token endpoint is asked when many callers find no token at once: when it answers, and when it fails.
import { type Endpoint, startEndpoint } from './endpoint.ts';
import { progress, report } from './report.ts';
import type { Row } from './result.ts';
import { type GetToken, subjects } from './subjects.ts';

const CALLERS = 1_000;
const LARGE_HERD = 10_000;
const MARGIN_SECONDS = 60;

/** The requests that so many callers cause. */
async function herd(get: GetToken, endpoint: Endpoint, callers: number): Promise<number> {
  const before = endpoint.requests;
  await Promise.allSettled(Array.from({ length: callers }, async () => get()));
  return endpoint.requests - before;
}

const endpoint = await startEndpoint();
endpoint.latencyMs = 10;
const rows: Row[] = [];
for (const [name, { make }] of Object.entries(subjects)) {
  progress(`herd: ${name}`);
  const fresh = (): Promise<GetToken> => make(endpoint.tokenUrl, MARGIN_SECONDS);
  endpoint.status = 200;
  const cold = await herd(await fresh(), endpoint, CALLERS);
  // What asks once for a thousand is given ten thousand; what does not would only exhaust the sockets.
  const large = cold === 1 ? await herd(await fresh(), endpoint, LARGE_HERD) : undefined;
  endpoint.status = 503;
  const get = await fresh();
  const down = await herd(get, endpoint, CALLERS);
  const later = await herd(get, endpoint, CALLERS);
  rows.push({
    name,
    figures: {
      '1,000 cold': cold,
      '10,000 cold': large,
      '1,000 while it fails': down,
      '1,000 right after': later,
    },
    ...(name === 'tokenflight' && {
      targets: { '1,000 cold': 1, '10,000 cold': 1, '1,000 right after': 0 },
      note: 'a failing request is repeated up to 3 times with pauses; `retry` changes that',
    }),
    ...(name === 'google-auth-library' && { note: 'a failing request is repeated up to 3 times' }),
  });
}
report('herd', 'requests that the token endpoint got', rows);
endpoint.close();
process.exit(); // some subjects keep sockets and timers
