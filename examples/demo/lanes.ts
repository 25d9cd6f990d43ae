import got from 'got';
import type { AccessToken, TokenSource } from 'tokenflight';
import { type BearerOptions, bearerFetch } from 'tokenflight/fetch';
import { bearerHooks } from 'tokenflight/got';

/** What became of the calls of one lane. */
export interface Tally {
  calls: number;
  /** Not answered, or with a status other than 2xx. */
  failed: number;
  /** Answered with 401. */
  unauthorized: number;
  /** Of the calls that succeeded, after the warm-up. */
  readonly latenciesMs: number[];
  /** What went wrong, and how often. */
  readonly problems: Map<string, number>;
}

/** One client, called in one way. */
export interface Lane {
  readonly client: 'got' | 'fetch';
  readonly header: 'tokenflight' | 'fixed';
  /** Calls the API once and reads the answer; gives its status. */
  readonly call: () => Promise<number>;
  readonly tally: Tally;
}

const CALL_TIMEOUT_MS = 10_000;

/** got and fetch, each with tokenflight, and each as it is with a header that never changes. */
export function openLanes(
  url: URL,
  bearer: BearerOptions,
  tokens: TokenSource,
  fixedToken: AccessToken,
): readonly Lane[] {
  const authorization = `${fixedToken.tokenType} ${fixedToken.value}`;

  // Neither repeats a call that failed: it would hide what is to be seen here.
  const plainGot = got.extend({ retry: { limit: 0 }, throwHttpErrors: false, timeout: { request: CALL_TIMEOUT_MS } });
  const plainFetch: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

  // This is all that it takes to use tokenflight.
  const gotWithTokens = plainGot.extend(bearerHooks(tokens, bearer));
  const fetchWithTokens = bearerFetch(tokens, { ...bearer, fetch: plainFetch });

  const lane = (client: Lane['client'], header: Lane['header'], call: Lane['call']): Lane => {
    const tally: Tally = { calls: 0, failed: 0, unauthorized: 0, latenciesMs: [], problems: new Map() };
    return { client, header, call, tally };
  };
  return [
    lane('got', 'tokenflight', async () => (await gotWithTokens(url)).statusCode),
    lane('got', 'fixed', async () => (await plainGot(url, { headers: { authorization } })).statusCode),
    lane('fetch', 'tokenflight', () => statusOf(fetchWithTokens(url))),
    lane('fetch', 'fixed', () => statusOf(plainFetch(url, { headers: { authorization } }))),
  ];
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
}
