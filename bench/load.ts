// Starts the processes of `stall` and `outage`, and ends them.
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallerOutcome, CallerSettings } from './caller.ts';
import type { ClientPlan, Trouble } from './site.ts';
import { type Subject, staleSubjects, subjects } from './subjects.ts';

/** The row of the client that has nothing but a fixed header. */
export const FLOOR = 'bare client with a fixed header';
export const loadSubjects: Readonly<Record<string, Subject | undefined>> = {
  [FLOOR]: undefined,
  ...subjects,
  ...staleSubjects,
};

export interface LoadPlan {
  /** Of a token, unless it would be renewed earlier than it can be chosen: then it lives as much longer. */
  readonly lifetimeSeconds: number;
  readonly marginSeconds: number;
  readonly latencyMs: number;
  readonly trouble?: Trouble;
  readonly callsPerSecond: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export interface LoadOutcome extends CallerOutcome {
  readonly tokenRequests: number;
  readonly mostRequestsInOneSecond: number;
  readonly lifetimeSeconds: number;
}

/** For starting, and for calls that hang. */
const ALLOWANCE_MS = 60_000;

export class Site {
  readonly #process: ChildProcess;
  readonly #origin: string;
  #clients = 0;

  private constructor(child: ChildProcess, origin: string) {
    this.#process = child;
    this.#origin = origin;
  }

  static async start(): Promise<Site> {
    const child = fork(fileURLToPath(new URL('site.ts', import.meta.url)));
    const [{ origin }] = (await once(child, 'message')) as [{ origin: string }];
    return new Site(child, origin);
  }

  /** Lets a process call through the subject. */
  async run(name: string, plan: LoadPlan): Promise<LoadOutcome> {
    const subject = loadSubjects[name];
    const { lifetimeSeconds: chosen, marginSeconds, latencyMs, trouble } = plan;
    const lifetimeSeconds = Math.max(chosen, (subject?.fixedMarginSeconds ?? 0) + chosen - marginSeconds);
    const id = `${++this.#clients}`;
    await this.#open({ id, lifetimeSeconds, latencyMs, trouble });
    await this.#open({ id: `${id}-fixed`, lifetimeSeconds: 3_600, latencyMs: 0 });

    const child = fork(fileURLToPath(new URL('caller.ts', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const limitMs = (plan.warmUpSeconds + plan.seconds) * 1_000 + ALLOWANCE_MS;
    const limit = setTimeout(() => child.kill(), limitMs).unref();
    const died = once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(code === null ? `it was not over after ${limitMs / 1_000} s` : `it ended with ${code}`)),
    );
    died.catch(() => {}); // it ends in any case
    await Promise.race([once(child, 'message'), died]);
    const settings: CallerSettings = {
      subject: subject && name,
      tokenUrl: `${this.#origin}/token/${id}`,
      fixedTokenUrl: `${this.#origin}/token/${id}-fixed`,
      apiUrl: `${this.#origin}/things`,
      marginSeconds,
      callsPerSecond: plan.callsPerSecond,
      seconds: plan.seconds,
      warmUpSeconds: plan.warmUpSeconds,
    };
    child.send(settings);
    const [outcome] = (await Promise.race([once(child, 'message'), died])) as [CallerOutcome];
    clearTimeout(limit);
    child.disconnect(); // which ends it
    const askedMs = await this.#askedMs(id);
    return {
      ...outcome,
      lifetimeSeconds,
      tokenRequests: askedMs.length,
      mostRequestsInOneSecond: mostWithin(askedMs, 1_000),
    };
  }

  close(): void {
    this.#process.disconnect();
  }

  async #open(open: ClientPlan): Promise<void> {
    await this.#ask({ open }, (reply) => reply['opened'] === open.id);
  }

  async #askedMs(count: string): Promise<readonly number[]> {
    return (await this.#ask({ count }, (reply) => reply['counted'] === count))['askedMs'] as number[];
  }

  async #ask(message: object, isReply: (reply: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const replies = on(this.#process, 'message');
    this.#process.send(message);
    for await (const [reply] of replies) if (isReply(reply)) return reply;
    throw new Error('the site has gone');
  }
}

/** The largest number of these moments that lie within any span of so long. */
export function mostWithin(moments: readonly number[], spanMs: number): number {
  const sorted = moments.toSorted((a, b) => a - b);
  return Math.max(
    0,
    ...sorted.map((from, at) => sorted.filter((to, later) => later >= at && to < from + spanMs).length),
  );
}
