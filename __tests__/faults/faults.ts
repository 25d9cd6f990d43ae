import { setTimeout as sleep } from 'node:timers/promises';
import { sealingWith } from '../../src/store/sealing.ts';
import type { Stage, StageSettings } from './stage.ts';
import { until, within } from './waiting.ts';

/** What is done to a fleet under load. */
export interface Fault {
  readonly name: string;
  readonly settings?: Partial<StageSettings>;
  /** Processes lose sight of the store, and may each ask for a token. Default: false. */
  readonly losesStore?: boolean;
  /** What at least one process has to tell, so that the fault is known to have been felt. */
  readonly isFeltAs?: string;
  /** Token requests that it excuses, beyond what the windows allow. Default: 0. */
  readonly extraRequests?: number;
  /** @returns what went wrong */
  inflict(stage: Stage, dose: Dose): Promise<string | undefined>;
}

export interface Dose {
  /** How long Redis is stopped, or unreachable. */
  readonly outageMs: number;
  /** From the seed, 0 to 1. */
  readonly draw: () => number;
}

/** Longer than 1.5 s, the age at which a token of 3 s is refreshed at the latest: each process needs the store within it. */
const FELT_MS = 2_500;
const DELAY_MS = 5_000;
const TAMPERINGS = 3;
const SKEW_MS = 10 * 60_000;
/** Tokens that outlive the freeze of a leader, and are refreshed after 0.6 to 1.2 s all the same. */
const longLived = { lifetimeMs: 12_000, refreshAt: 0.1 };

export const faults: readonly Fault[] = [
  { name: 'none', inflict: () => sleep(3_000, undefined) },
  {
    name: 'leader-killed',
    async inflict(stage) {
      const { authority } = stage;
      const { worker } = await within('a token request', authority.holdNext());
      const before = authority.requests.length;
      await stage.kill(worker);
      await until('another leader', () => authority.requests.length > before);
      await stage.replace(worker);
      return undefined;
    },
  },
  { name: 'leader-stopped', settings: longLived, inflict: stopLeader },
  { name: 'leader-stopped-past-expiry', inflict: stopLeader },
  {
    name: 'redis-killed',
    losesStore: true,
    async inflict(stage, { draw }) {
      await stage.restartRedis(() => sleep(draw() * FELT_MS));
      return undefined;
    },
  },
  {
    name: 'redis-stopped',
    losesStore: true,
    isFeltAs: 'store-failed: timeout',
    async inflict({ redis }, { outageMs }) {
      const info = String(await redis.run('INFO', 'server'));
      const pid = Number(/process_id:(\d+)/.exec(info)?.[1]);
      process.kill(pid, 'SIGSTOP');
      await sleep(outageMs);
      process.kill(pid, 'SIGCONT');
      return undefined;
    },
  },
  {
    name: 'replies-delayed',
    losesStore: true,
    isFeltAs: 'store-failed: timeout',
    async inflict({ proxy }) {
      proxy.onReplies('hold');
      await sleep(DELAY_MS);
      proxy.release();
      return undefined;
    },
  },
  {
    name: 'requests-delayed',
    losesStore: true,
    isFeltAs: 'store-failed: timeout',
    async inflict({ proxy }) {
      proxy.holdRequests();
      await sleep(DELAY_MS);
      proxy.release();
      return undefined;
    },
  },
  {
    name: 'connections-reset',
    losesStore: true,
    async inflict({ proxy }, { draw }) {
      for (let time = 0; time < 20; time++) {
        proxy.reset();
        await sleep(draw() * 250);
      }
      return undefined;
    },
  },
  {
    name: 'replies-lost',
    losesStore: true,
    isFeltAs: 'store-failed: timeout',
    async inflict({ proxy }, { outageMs }) {
      proxy.onReplies('swallow');
      await sleep(outageMs);
      proxy.onReplies('pass');
      return undefined;
    },
  },
  {
    name: 'replies-cut',
    losesStore: true,
    async inflict({ proxy }, { outageMs }) {
      proxy.onReplies('cut');
      await sleep(outageMs);
      proxy.onReplies('pass');
      return undefined;
    },
  },
  answersWith('READONLY', "READONLY You can't write against a read only replica."),
  answersWith('LOADING', 'LOADING Redis is loading the dataset in memory'),
  answersWith('OOM', "OOM command not allowed when used memory > 'maxmemory'."),
  answersWith('NOSCRIPT', 'NOSCRIPT No matching script. Please use EVAL.'),
  answersWith('MOVED', 'MOVED 3999 127.0.0.1:1'),
  tampersWith('entry-corrupted', (sealed) => `${sealed.slice(0, -8)}AAAAAAAA`),
  tampersWith('entry-truncated', (sealed) => sealed.slice(0, sealed.length / 2)),
  tampersWith('entry-of-another-key', () => sealingWith([new Uint8Array(32).fill(9)]).seal('{}', ['another'])),
  tampersWith('entry-of-another-version', (sealed) => sealed.replace(/^sealed\d+/, 'sealed0')),
  {
    name: 'clocks-apart',
    settings: { clockOffsetsMs: [SKEW_MS / 2, -SKEW_MS / 2, 0, 0] },
    inflict: () => sleep(4_000, undefined),
  },
];

/** A leader is frozen past its lease: its token comes after that of another, and must not take its place. */
async function stopLeader(stage: Stage): Promise<string | undefined> {
  const { authority } = stage;
  const late = await within('a token request', authority.holdNext());
  const leader = stage.member(late.worker);
  const before = authority.requests.length;
  leader.signal('SIGSTOP');
  try {
    late.answer();
    await until('another leader', () => authority.requests.length > before);
    await until('its token in Redis', async () => ![undefined, late.tokenId].includes(await stage.storedId()));
  } finally {
    leader.signal('SIGCONT');
  }
  // The answer is in its socket: it takes the late token, or finds that its time is over and another one.
  await within('the frozen leader goes on', leader.sync());
  return (await stage.storedId()) === late.tokenId ? 'a late token took the place of a newer one' : undefined;
}

function answersWith(name: string, error: string): Fault {
  return {
    name,
    losesStore: true,
    isFeltAs: `store-failed: ${name}`,
    async inflict({ proxy }) {
      proxy.answerWith(error, Number.POSITIVE_INFINITY);
      await sleep(FELT_MS);
      proxy.answerWith(error, 1);
      return undefined;
    },
  };
}

function tampersWith(name: string, change: (sealed: string) => string | Promise<string>): Fault {
  return {
    name,
    settings: { lifetimeMs: 60_000 }, // not refreshed in the course of things before 24 s
    isFeltAs: 'store-entry-unreadable',
    extraRequests: TAMPERINGS,
    async inflict(stage, { draw }) {
      for (let time = 0; time < TAMPERINGS; time++) {
        await until('a token in Redis', async () => (await stage.tokenKey()) !== undefined);
        const key = (await stage.tokenKey()) ?? '';
        const bad = await change(String(await stage.redis.run('HGET', key, 'sealed')));
        await stage.redis.run('HSET', key, 'sealed', bad);
        await stage.members[Math.floor(draw() * stage.members.length)]?.newcomer();
        if ((await stage.redis.run('HGET', key, 'sealed')) === bad) return 'the bad entry was not replaced';
      }
      return undefined;
    },
  };
}
