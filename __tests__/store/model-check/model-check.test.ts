import { describe, expect, test } from '@jest/globals';
import { memoryStore } from '../../../src/store/memory-store.ts';
import { explore } from './explore.ts';
import { broken, empty, type KeyState, sound } from './protocol.ts';

const size = { processes: 3, keys: 2, flights: 4 };

describe('with three processes, two keys, and crashes and pauses at every step', () => {
  test('nothing goes wrong, whatever the order of things', () => {
    const { violation, states } = explore(sound, size);
    expect(violation).toBeUndefined();
    expect(states).toBeGreaterThan(30_000);
  });

  test.each([
    ['the lease is given to all', 'two have been promised the lease'],
    ['anybody may put', 'two have been promised the lease'],
    ['anybody may put while nobody holds the lease', 'a token was replaced by an older one'],
    ['anybody may put if the generation that it saw is still the current one', 'two have been promised the lease'],
    ['anybody may release', 'two have been promised the lease'],
    ['anybody may extend', 'two have been promised the lease'],
    ['a lease that has ended may be extended', 'a token was replaced by an older one'],
    ['what is not needed any more is forgotten with the lease', 'the generation went back'],
  ])('it is noticed where %s', (name, problem) => {
    const protocol = broken[name];
    expect(protocol && explore(protocol, size).violation).toMatchObject({ problem });
  });

  test('each way to get it wrong is among these', () => {
    expect(Object.keys(broken)).toHaveLength(8);
  });
});

describe('the model decides as the store does', () => {
  const LEASE_MS = 1_000;
  const owners = ['a', 'b', 'c'];
  const kinds = ['take', 'extend', 'put', 'release'] as const;
  const steps = [
    ...kinds.flatMap((kind) => owners.map((owner) => ({ kind, owner }))),
    { kind: 'end', owner: '' },
  ] as const;
  type ModelStep = (typeof steps)[number];

  function inModel(state: KeyState, { kind, owner }: ModelStep, count: number): readonly [KeyState, unknown] {
    if (kind === 'end') return [{ ...state, owner: undefined }, undefined];
    const next = kind === 'put' ? sound.put(state, owner, count, 0) : sound[kind](state, owner);
    const { token, generation } = state;
    return [next ?? state, kind === 'take' ? { isHeld: next !== undefined, token, generation } : next !== undefined];
  }

  async function inStore(
    clock: { nowMs: number },
    store: ReturnType<typeof memoryStore>,
    step: ModelStep,
    count: number,
  ) {
    const { kind, owner } = step;
    if (kind === 'end') clock.nowMs += LEASE_MS;
    if (kind === 'extend') return store.extend('key', owner, LEASE_MS);
    if (kind === 'release') return store.release('key', owner);
    if (kind === 'put') {
      const common = { value: 'v', tokenType: 'Bearer', response: {}, lifetimeMs: 1e9, marginMs: 0, isForced: false };
      return store.put('key', owner, { ...common, id: `${count}` }, 1e9);
    }
    if (kind !== 'take') return undefined;
    const { lease, token, generation } = await store.look('key', { owner, leaseMs: LEASE_MS, always: true });
    return { isHeld: lease === 'held', token: token && Number(token.token.id), generation };
  }

  test('in every sequence of four steps that begins with a lease', async () => {
    let sequences = 0;
    for (let number = 0; number < steps.length ** 4; number++) {
      const sequence = [0, 1, 2, 3].map((place) => steps[Math.floor(number / steps.length ** place) % steps.length]);
      const clock = { nowMs: 0 };
      const store = memoryStore({ monotonicMs: () => clock.nowMs });
      let state = empty;
      const [expected, got]: [unknown[], unknown[]] = [[], []];
      for (const [count, step] of [steps[0], ...sequence, steps[1], steps[2]].entries()) {
        if (step === undefined) continue;
        const [next, answer] = inModel(state, step, count);
        state = next;
        expected.push(answer);
        got.push(await inStore(clock, store, step, count));
      }
      if (JSON.stringify(got) !== JSON.stringify(expected))
        expect({ sequence, got }).toEqual({ sequence, got: expected });
      sequences++;
    }
    expect(sequences).toBe(13 ** 4);
  });
});
