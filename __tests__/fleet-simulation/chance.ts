/** Random numbers from 0 to 1 that are the same for the same seed. */
export type Chance = () => number;

/** mulberry32: 32 bits of state, enough for a simulation. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The pause before the next of events that come at random, so many on average. */
export function pauseMs(perSecond: number, chance: Chance): number {
  return (-Math.log(1 - chance()) / perSecond) * 1_000;
}

/**
 * How long something takes that mostly takes about as long, and now and then much longer (log-normal).
 *
 * @param tail how many times the median the slowest 1% take, at least
 */
export function durationMs(medianMs: number, tail: number, chance: Chance): number {
  const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  return medianMs * tail ** (normal / 2.326);
}
