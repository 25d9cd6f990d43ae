import type { ReferenceKey } from './reference-key.ts';

/** Instants at which something changes by itself. */
export type Edge = 'refresh' | 'margin' | 'end' | 'pause' | 'cool-down' | 'forced';

/** Until an edge of a key, in milliseconds: below 0, it has passed; minus infinity, there is none. */
export function untilMs(key: ReferenceKey, edge: Edge, nowMs: number): number {
  const { current } = key;
  const never = Number.NEGATIVE_INFINITY;
  switch (edge) {
    case 'pause':
      return key.behindFromMs - nowMs;
    case 'cool-down':
      return (key.coolDown?.untilMs ?? never) - nowMs;
    case 'forced':
      return Math.max(key.keptUntilMs, key.forcedFromMs) - nowMs;
    default: {
      if (current === undefined) return never;
      const { staleMs, marginMs, endMs } = current.ages;
      return { refresh: staleMs, margin: marginMs, end: endMs }[edge] - key.ageMs(current);
    }
  }
}
