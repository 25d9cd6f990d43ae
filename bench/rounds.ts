import { isQuick } from './arguments.ts';

const FEWEST = 5;

/**
 * Counts rounds from 1: so many, or as many as begin within the time, but at least five. On a busy machine a run so takes
 * no longer, and is less exact.
 */
export function* roundsWithin(seconds: number, most: number): Generator<number> {
  const share = isQuick ? 0.1 : 1;
  const endMs = performance.now() + seconds * share * 1_000;
  for (let round = 1; round <= Math.ceil(most * share); round++) {
    if (round > FEWEST && performance.now() > endMs) return;
    yield round;
  }
}
