// A process that calls the API steadily through one subject, and as often with a header that never changes.
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type Subject, staleSubjects, subjects } from './subjects.ts';

export interface CallerSettings {
  /** Undefined: a header that never changes in its place as well. */
  readonly subject: string | undefined;
  readonly tokenUrl: string;
  readonly fixedTokenUrl: string;
  readonly apiUrl: string;
  readonly marginSeconds: number;
  readonly callsPerSecond: number;
  readonly seconds: number;
  /** Called before, and not counted. */
  readonly warmUpSeconds: number;
}

/** What became of the calls of one kind. */
export interface Calls {
  /** From when each that was answered with 200 was due. */
  readonly latenciesMs: number[];
  /** How long each waited for its token, failed ones too. */
  readonly tokenWaitsMs: number[];
  calls: number;
  /** Answered with 401. */
  unauthorized: number;
  /** Still without a token or an error when all was given up. */
  waiting: number;
}

export interface CallerOutcome {
  readonly own: Calls;
  readonly fixed: Calls;
  readonly unhandledRejections: number;
}

const GIVE_UP_MS = 10_000;

let unhandledRejections = 0;
process.on('unhandledRejection', () => unhandledRejections++);
process.once('disconnect', () => process.exit());
process.send?.('ready');
const [settings] = (await once(process, 'message')) as [CallerSettings];

const answer = await fetch(settings.fixedTokenUrl, { method: 'POST' });
const { access_token: fixedToken } = (await answer.json()) as { access_token: string };
const getFixed = async (): Promise<string> => fixedToken;
const getOwn =
  settings.subject === undefined ? getFixed : await textOf({ ...subjects, ...staleSubjects }[settings.subject]);
await getOwn();

if (settings.warmUpSeconds > 0) await load(settings.warmUpSeconds);
const { own, fixed } = await load(settings.seconds);
const outcome: CallerOutcome = { own, fixed, unhandledRejections };
process.send?.(outcome); // and then ends when nobody listens any more

async function textOf(subject: Subject | undefined): Promise<() => Promise<string>> {
  if (subject === undefined) throw new Error(`there is no ${settings.subject}`);
  const get = await subject.make(settings.tokenUrl, settings.marginSeconds);
  return async () => subject.read((await get()) as never);
}

/** Calls are due at a steady rate, whether or not earlier ones are over, and latencies count from when they were due. */
async function load(seconds: number): Promise<{ own: Calls; fixed: Calls }> {
  const own = noCalls();
  const fixed = noCalls();
  const running: Promise<void>[] = [];
  const intervalMs = 500 / settings.callsPerSecond; // of both kinds together
  const count = settings.callsPerSecond * seconds;
  const startMs = performance.now();
  for (let at = 0; at < count * 2; at++) {
    const dueMs = startMs + at * intervalMs;
    const waitMs = Math.ceil(dueMs - performance.now());
    if (waitMs > 0) await wait(waitMs);
    // Every second pair begins with the other, so that neither always follows the other.
    const isOwn = (at + (at >> 1)) % 2 === 0;
    running.push(call(isOwn ? getOwn : getFixed, dueMs, isOwn ? own : fixed));
  }
  // What hangs is given up at last. A copy is told, so that nothing is added to it any more.
  await Promise.race([Promise.all(running), wait(GIVE_UP_MS)]);
  return structuredClone({ own, fixed });
}

async function call(getToken: () => Promise<string>, dueMs: number, tally: Calls): Promise<void> {
  tally.calls++;
  const askedMs = performance.now();
  let status = 0;
  try {
    tally.waiting++;
    const token = await getToken().finally(() => {
      tally.waiting--;
      tally.tokenWaitsMs.push(performance.now() - askedMs);
    });
    const response = await fetch(settings.apiUrl, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    status = response.status;
  } catch {}
  if (status === 401) tally.unauthorized++;
  if (status === 200) tally.latenciesMs.push(performance.now() - dueMs);
}

function noCalls(): Calls {
  return { latenciesMs: [], tokenWaitsMs: [], calls: 0, unauthorized: 0, waiting: 0 };
}
