import { createHash } from 'node:crypto';

/** Numbers from 0 to 1 that follow from the seed. */
export function random(seed: string): () => number {
  let drawn = 0;
  return () => createHash('sha256').update(`${seed} ${drawn++}`).digest().readUInt32BE() / 2 ** 32;
}
