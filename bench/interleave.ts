import { median, ratios, rounded, type Spread, shuffled, spreadOf, uncertaintyOf } from './statistics.ts';

/** What is timed: `count` times the thing itself. Its answer is kept, so that nothing is optimised away. */
export type Batch = (count: number) => unknown;

export interface Measured {
  readonly name: string;
  readonly ns: Spread;
  /** To the floor, within a round. */
  readonly ratio: Spread;
  /** Of the ratio's median, with 95 % certainty. */
  readonly plusMinus: number;
  readonly rounds: number;
}

export interface InterleaveOptions {
  readonly floor: string;
  readonly rounds: Iterable<number>;
  readonly onRound: (round: number) => void;
}

const BATCH_MS = 2;
const BATCHES = 3;
const WARM_UP_MS = 150;

/**
 * Times subjects in turns. In each round each has its batches, in an order drawn anew; the round's figure is their
 * median, and ratios are taken within a round, so that what slows the machine down for longer meets all alike.
 *
 * The time is the processor's, spent by this process on all its threads: on a machine that has other work to do, a clock
 * on the wall mostly measures how long others had their turn. On an idle one the two are the same, since nothing here
 * waits.
 */
export async function interleave(
  batches: Readonly<Record<string, Batch>>,
  { floor, rounds, onRound }: InterleaveOptions,
): Promise<readonly Measured[]> {
  const names = Object.keys(batches);
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, await enough(batches[name] as Batch));

  const samples = new Map(names.map((name) => [name, [] as number[]]));
  for (const round of rounds) {
    onRound(round);
    const own = new Map(names.map((name) => [name, [] as number[]]));
    for (const name of shuffled(names.flatMap((each) => Array<string>(BATCHES).fill(each)))) {
      const count = counts.get(name) as number;
      own.get(name)?.push(((await processorMs(batches[name] as Batch, count)) / count) * 1e6);
    }
    for (const name of names) samples.get(name)?.push(median(own.get(name) as number[]));
  }
  return names.map((name) => {
    const ns = samples.get(name) as number[];
    const toFloor = ratios(ns, samples.get(floor) as number[]);
    return {
      name,
      ns: spreadOf(ns, 1),
      ratio: spreadOf(toFloor, 2),
      plusMinus: rounded(uncertaintyOf(toFloor), 2),
      rounds: ns.length,
    };
  });
}

/**
 * How many make a batch. Also the warm-up: a batch is long enough only if the fastest of three is, and only after the
 * compiler has had its time. A single slow one, of code that is still cold, must not settle it.
 */
async function enough(batch: Batch): Promise<number> {
  let count = 1;
  for (let spentMs = 0; ; ) {
    const times = [await processorMs(batch, count), await processorMs(batch, count), await processorMs(batch, count)];
    spentMs += times.reduce((sum, ms) => sum + ms);
    if (Math.min(...times) < BATCH_MS) count *= 2;
    else if (spentMs >= WARM_UP_MS) return count;
  }
}

let kept: unknown;

async function processorMs(batch: Batch, count: number): Promise<number> {
  const before = process.cpuUsage();
  const result = batch(count);
  kept = result instanceof Promise ? await result : result;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** So that it can be seen that somebody uses it. */
export const lastResult = (): unknown => kept;
