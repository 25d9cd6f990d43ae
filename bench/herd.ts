// How often a token endpoint is asked when many callers find no token at once: when it answers, and when it fails.
import { type Endpoint, startEndpoint } from './endpoint.ts';
import { progress, report } from './report.ts';
import { type GetToken, subjects } from './subjects.ts';

const CALLERS = 1_000;
const LARGE_HERD = 10_000;

/** The requests that so many callers cause, and what became of them. */
async function herd(get: GetToken, endpoint: Endpoint, callers: number): Promise<{ requests: number; failed: number }> {
  const before = endpoint.requests;
  const outcomes = await Promise.allSettled(Array.from({ length: callers }, async () => get()));
  return {
    requests: endpoint.requests - before,
    failed: outcomes.filter(({ status }) => status === 'rejected').length,
  };
}

const endpoint = await startEndpoint();
endpoint.latencyMs = 10;
const rows = [];
for (const [name, make] of Object.entries(subjects)) {
  progress(`herd: ${name}`);
  endpoint.status = 200;
  const cold = await herd(make(endpoint.tokenUrl), endpoint, CALLERS);
  // What asks once for a thousand is given ten thousand; what does not would only exhaust the sockets.
  const large = cold.requests === 1 ? await herd(make(endpoint.tokenUrl), endpoint, LARGE_HERD) : undefined;
  endpoint.status = 503;
  const get = make(endpoint.tokenUrl);
  const down = await herd(get, endpoint, CALLERS);
  const later = await herd(get, endpoint, CALLERS);
  const row = {
    name,
    [`${CALLERS} cold`]: cold.requests,
    [`${LARGE_HERD} cold`]: large?.requests,
    [`${CALLERS} while it fails`]: down.requests,
    [`${CALLERS} right after`]: later.requests,
  };
  rows.push(name === 'tokenflight' ? { ...row, target: 1 } : row);
}
report('herd', 'requests that the token endpoint got', rows);
endpoint.close();
process.exit(); // some subjects keep sockets and timers
