import type { Member } from './member.ts';
import { Stage, type StageSettings } from './stage.ts';
import { until } from './waiting.ts';

export interface HerdResult {
  readonly processes: number;
  readonly callers: number;
  /** For all that they asked at once. */
  readonly firstTokenRequests: number;
  readonly firstTokens: number;
  /** A process that does not come to run for three seconds loses its lease, and another asks. */
  readonly firstLeasesLost: number;
  /** Under steady load after that, until calls were made with so many tokens, each the successor of the last. */
  readonly tokens: number;
  readonly seconds: number;
  readonly calls: number;
  readonly failures: readonly string[];
  readonly tokenRequests: number;
  /** Tokens that were asked for while the load was on, and that no call was made with when it ended. */
  readonly unusedTokens: number;
  readonly leasesLost: number;
  /** In so many seconds, by the clock. */
  readonly fewestTokenRequests: number;
  readonly mostTokenRequests: number;
}

const LIFETIME_MS = 3_000;
/** A token that is used for as long as it can be is refreshed at three quarters of its life: the rest is for the refresh. */
const LATEST_SHARE = 0.75;
const JITTER = 0.1;

/** Processes that all ask at once, and then steadily until so many tokens took the place of each other. */
export async function herd(
  processes: number,
  callersEach: number,
  tokens: number,
  windows: Pick<StageSettings, 'refreshAt' | 'expiryMarginMs'> = {},
): Promise<HerdResult> {
  // What is tried is what processes share, not what they do on a machine that is too slow for a store.
  const settings = { processes, ratePerSecond: 10, lifetimeMs: LIFETIME_MS, storeTimeoutMs: 10_000, ...windows };
  const stage = await Stage.set(settings);
  const { authority, members } = stage;
  try {
    // Of tokens that outlive the herd on any machine: a late caller would rightly ask for another one.
    const ids = await Promise.all(members.map((member) => member.herd(callersEach)));
    const firstTokenRequests = authority.requests.length;
    await Promise.all(members.map((member) => member.sync()));
    const firstLeasesLost = leasesLostBy(members);
    const startedMs = performance.now();
    stage.load();
    const issued = (): readonly string[] => authority.requests.slice(firstTokenRequests).map(({ tokenId }) => tokenId);
    const used = (): Set<string> => new Set(members.flatMap(({ tokenIds }) => tokenIds));
    await until('all tokens', () => issued().length >= tokens, 2 * tokens * LIFETIME_MS);
    const loadedMs = performance.now() - startedMs;
    await until('calls with the last of them', async () => {
      await Promise.all(members.map((member) => member.sync()));
      return used().has(issued()[tokens - 1] ?? '');
    });
    const [all, inUse] = [issued(), used()];
    const allMs = performance.now() - startedMs;
    const leasesLost = leasesLostBy(members) - firstLeasesLost;
    return {
      processes,
      callers: processes * callersEach,
      firstTokenRequests,
      firstLeasesLost,
      firstTokens: new Set(ids.flat()).size,
      tokens,
      seconds: Math.round(allMs / 100) / 10,
      calls: members.reduce((sum, { calls }) => sum + calls, 0),
      failures: members.flatMap(({ failures }) => failures),
      tokenRequests: all.length,
      // The next one may just be on its way.
      unusedTokens: all.slice(0, tokens).filter((id) => !inUse.has(id)).length,
      leasesLost,
      // No token lives for longer than its lifetime.
      fewestTokenRequests: Math.floor(loadedMs / LIFETIME_MS),
      mostTokenRequests: 1 + Math.floor(allMs / earliestMs(windows.refreshAt)) + leasesLost,
    };
  } finally {
    await stage.strike();
  }
}

/** Whether it was as is promised: one request for each token, and each token was of use. */
export function isHerdGood(result: HerdResult): boolean {
  const { firstTokenRequests, firstLeasesLost, failures, tokens, tokenRequests, unusedTokens, leasesLost } = result;
  return (
    firstTokenRequests >= 1 &&
    firstTokenRequests <= 1 + firstLeasesLost &&
    failures.length === 0 &&
    tokenRequests <= tokens + 1 + leasesLost &&
    unusedTokens <= leasesLost &&
    tokenRequests >= result.fewestTokenRequests &&
    tokenRequests <= result.mostTokenRequests
  );
}

/** Before this age no process refreshes a token. */
function earliestMs(refreshAt: number = 0.5): number {
  return LIFETIME_MS * Math.min(refreshAt - JITTER, LATEST_SHARE);
}

function leasesLostBy(members: readonly Member[]): number {
  return members.reduce((sum, { events }) => sum + (events['store-lease-lost'] ?? 0), 0);
}
