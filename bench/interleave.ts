/** What is timed: `count` times the thing itself. Its answer is kept, so that nothing is optimised away. */
export type Batch = (count: number) => unknown;

export interface Measured {
  readonly name: string;
  /** Of the rounds. */
  readonly medianNs: number;
  /** To the floor of the same round, the median of the rounds. */
  readonly ratio: number;
}

export interface InterleaveOptions {
  readonly floor: string;
  readonly rounds: number;
  /** How long one batch takes, about, in milliseconds. */
  readonly batchMs: number;
  readonly onRound: (round: number) => void;
}

/**
 * Times subjects in turns, a batch each, over many rounds that begin with another subject each: what else the machine
 * does meets all alike. Ratios are taken within a round.
 */
export async function interleave(
  batches: Readonly<Record<string, Batch>>,
  { floor, rounds, batchMs, onRound }: InterleaveOptions,
): Promise<readonly Measured[]> {
  const names = Object.keys(batches);
  const counts = new Map<string, number>();
  for (const name of names) {
    let count = 64;
    // Also the warm-up: doubled until a batch is long enough.
    while ((await timeMs(batches[name] as Batch, count)) < batchMs) count *= 2;
    counts.set(name, count);
  }
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    onRound(round + 1);
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as string;
      const count = counts.get(name) as number;
      samples.get(name)?.push(((await timeMs(batches[name] as Batch, count)) / count) * 1e6);
    }
  }
  const floors = samples.get(floor) as number[];
  return names.map((name) => {
    const own = samples.get(name) as number[];
    return { name, medianNs: median(own), ratio: median(own.map((ns, round) => ns / (floors[round] as number))) };
  });
}

let kept: unknown;

async function timeMs(batch: Batch, count: number): Promise<number> {
  const startedMs = performance.now();
  const result = batch(count);
  kept = result instanceof Promise ? await result : result;
  return performance.now() - startedMs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** So that it can be seen that somebody uses it. */
export const lastResult = (): unknown => kept;
