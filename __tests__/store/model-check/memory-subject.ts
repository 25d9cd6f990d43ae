import { memoryStore } from '../../../src/store/memory-store.ts';
import type { Subject } from './explore.ts';
import { decide, empty, type KeyState, type Operation, sound } from './protocol.ts';
import { LONG_MS, operate } from './store-operations.ts';

const ENDS = { look: 'lease ends', extend: 'lease ends', put: 'token ends', fail: 'failure ends' } as const;

/** The store in memory, asked the whole way again for each step: it is judged by its answers. */
export const memorySubject: Subject<readonly Operation[]> = {
  start: [],
  async decide(way, { keys }, operation) {
    const place = [...way, operation];
    const clock = { nowMs: 0 };
    const store = memoryStore({ monotonicMs: () => clock.nowMs });
    let states: readonly KeyState[] = keys.map(() => empty);
    let answer: Awaited<ReturnType<typeof operate>> = { did: false };
    for (const [index, step] of place.entries()) {
      clock.nowMs = index;
      answer = await operate(store, String(step.key), step, states[step.key] ?? empty, livesMs(place, index));
      states = decide(sound, states, step).keys;
    }
    return { ...answer, keys: states, place };
  },
};

/** What comes of a step lives until the way says that it ends: each step takes a millisecond. */
function livesMs(way: readonly Operation[], index: number): number {
  const step = way[index];
  const end = step && step.kind in ENDS ? ENDS[step.kind as keyof typeof ENDS] : undefined;
  const at = way.findIndex(({ kind, key }, later) => later > index && kind === end && key === step?.key);
  return at === -1 ? LONG_MS : at - index;
}
