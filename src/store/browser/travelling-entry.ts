import { type Clock, systemClock } from '../../values/clock.ts';
import type { Entry } from '../entry-table.ts';

/** By so much the two clocks may drift apart between two readings without the machine having slept. */
const DRIFT_MS = 1_000;

/** An entry whose instants are `byMs` later: how it gets from one clock to another. */
export function shifted(entry: Entry, byMs: number): Entry {
  const { token, failure, lease, forgetMs } = entry;
  return {
    ...entry,
    forgetMs: forgetMs + byMs,
    ...(token && { token: { ...token, endsMs: token.endsMs + byMs } }),
    ...(failure && { failure: { ...failure, endsMs: failure.endsMs + byMs } }),
    ...(lease && { lease: { ...lease, sinceMs: lease.sinceMs + byMs, endsMs: lease.endsMs + byMs } }),
  };
}

/**
 * Whether `one` knows of a token that was put or rejected after all that `other` knows of. Who leads later is right; of
 * the words of one leader the later, and of the words on one token that it was rejected.
 */
export function isNewer(one: Entry, other: Entry): boolean {
  if (one.epoch !== other.epoch) return one.epoch > other.epoch;
  if (one.generation !== other.generation) return one.generation > other.generation;
  return one.wasRejected === true && other.wasRejected !== true;
}

/** Time that passes also while the machine sleeps, when the monotonic clock may stand still. */
export function wakefulClock(clock: Clock = systemClock): Pick<Clock, 'monotonicMs'> {
  let sleptMs = 0;
  const aheadMs = (): number => clock.wallMs() - clock.monotonicMs();
  let lastAheadMs = aheadMs();
  return {
    monotonicMs() {
      const gapMs = aheadMs() - lastAheadMs;
      lastAheadMs += gapMs;
      if (gapMs > DRIFT_MS) sleptMs += gapMs;
      return clock.monotonicMs() + sleptMs;
    },
  };
}
