import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TokenProvider, type TokenSource } from 'tokenflight';
import { bearerFetch } from 'tokenflight/fetch';
import type { ServerReport, ServerSettings } from './server.ts';

export interface SoakResult {
  readonly calls: number;
  readonly failedCalls: number;
  /** 401s that a caller saw. */
  readonly rejectedCalls: number;
  /** Calls, after the first token, that did not get theirs from the cache. */
  readonly waitingCalls: number;
  /** The same, for over 20 ms. */
  readonly delayedCalls: number;
  readonly longestWaitMs: number;
  readonly tokenRequests: number;
  readonly refusedTokenRequests: number;
  /** Most token requests in any one second while the endpoint was down. */
  readonly mostRefusedInASecond: number;
  /** 401s that the API gave, replays and all. */
  readonly apiRejections: number;
}

/** Drives `ratePerSecond` calls through the built package against a server in another process. */
export async function soak(
  settings: ServerSettings,
  run: { readonly seconds: number; readonly ratePerSecond: number; readonly onSecond?: (second: number) => void },
): Promise<SoakResult> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)));
  try {
    child.send(settings);
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const origin = `http://127.0.0.1:${port}`;
    await using provider = new TokenProvider({ tokenUrl: `${origin}/token`, clientId: 'soak', clientSecret: 'soak' });
    const waits: number[] = [];
    const source: TokenSource = {
      async getToken(request, options) {
        const startedMs = performance.now();
        const token = provider.peek(request) ?? (await provider.getToken(request, options));
        waits.push(performance.now() - startedMs);
        return token;
      },
      invalidate: (token) => provider.invalidate(token),
    };
    const call = bearerFetch(source, { origins: origin });
    await (await call(`${origin}/things`)).text();
    waits.length = 0;
    let waitingCalls = 0;
    provider.on(({ type }) => {
      if (type === 'miss' || type === 'shared') waitingCalls++;
    });

    let [calls, failedCalls, rejectedCalls] = [0, 0, 0];
    const one = async (): Promise<void> => {
      calls++;
      try {
        const response = await call(`${origin}/things`);
        await response.arrayBuffer();
        if (response.status === 401) rejectedCalls++;
      } catch {
        failedCalls++;
      }
    };
    const startedMs = performance.now();
    const inFlight: Promise<void>[] = [];
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const elapsedMs = performance.now() - startedMs;
        const due = Math.min(elapsedMs / 1_000, run.seconds) * run.ratePerSecond;
        while (inFlight.length < due) inFlight.push(one());
        if (inFlight.length % run.ratePerSecond === 0) run.onSecond?.(Math.round(elapsedMs / 1_000));
        if (elapsedMs < run.seconds * 1_000) return;
        clearInterval(timer);
        resolve();
      }, 5);
    });
    await Promise.all(inFlight);
    child.send('report');
    const [report] = (await once(child, 'message')) as [ServerReport];
    return {
      calls,
      failedCalls,
      rejectedCalls,
      waitingCalls,
      delayedCalls: waits.filter((ms) => ms > 20).length,
      longestWaitMs: Math.round(Math.max(...waits) * 10) / 10,
      tokenRequests: report.tokenRequestsMs.length,
      refusedTokenRequests: report.refusalsMs.length,
      mostRefusedInASecond: mostInASecond(report.refusalsMs),
      apiRejections: report.apiRejections,
    };
  } finally {
    child.disconnect();
  }
}

function mostInASecond(timesMs: readonly number[]): number {
  return Math.max(0, ...timesMs.map((start) => timesMs.filter((ms) => ms >= start && ms < start + 1_000).length));
}
