/** Bounds of a growing pause. */
export interface BackoffPolicy {
  /** The first pause at its longest, in milliseconds. */
  readonly minDelayMs: number;
  /** No pause is longer, in milliseconds. */
  readonly maxDelayMs: number;
}

/**
 * Full jitter: anything from 0 to a ceiling that doubles with each failure.
 *
 * @param failures how many there were already, from 1
 * @param drawn a fresh random number, 0 to 1
 */
export function fullJitterMs(failures: number, policy: BackoffPolicy, drawn: number): number {
  return drawn * ceilingMs(failures, policy);
}

/** Equal jitter: between half of that ceiling and the whole, for a pause that must not be near nothing. */
export function equalJitterMs(failures: number, policy: BackoffPolicy, drawn: number): number {
  return (ceilingMs(failures, policy) * (1 + drawn)) / 2;
}

function ceilingMs(failures: number, { minDelayMs, maxDelayMs }: BackoffPolicy): number {
  return Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(failures - 1, 60));
}
