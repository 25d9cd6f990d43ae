import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { keepLease } from '../../../src/provider/shared/lease.ts';
import { FakeClock, tick } from '../../fakes/fake-clock.ts';

/** A lease whose extensions the test answers. */
function setUp(): {
  readonly clock: FakeClock;
  readonly outer: AbortController;
  readonly answers: ((isOurs: boolean) => void)[];
  readonly lost: number;
  end(): void;
} {
  const clock = new FakeClock();
  const outer = new AbortController();
  const answers: ((isOurs: boolean) => void)[] = [];
  let lost = 0;
  const extend = (): Promise<boolean> => new Promise((resolve) => answers.push(resolve));
  const end = keepLease(clock, outer.signal, extend, () => lost++);
  return {
    clock,
    outer,
    answers,
    end,
    get lost() {
      return lost;
    },
  };
}

describe('a lease that is kept', () => {
  it('is extended each second, well before its three are over', async () => {
    const { clock, answers } = setUp();
    for (const times of [1, 2, 3]) {
      await clock.advance(999);
      expect(answers).toHaveLength(times - 1);
      await clock.advance(1);
      expect(answers).toHaveLength(times);
      answers.at(-1)?.(true);
      await tick();
    }
  });

  it('that went to another is told of once, and extended no more', async () => {
    const lease = setUp();
    await lease.clock.advance(1_000);
    lease.answers[0]?.(false);
    await tick();
    expect(lease.lost).toBe(1);
    expect(lease.clock.pending).toEqual([]);
  });

  it.each([
    ['was given back', (lease: ReturnType<typeof setUp>) => lease.end()],
    ['was given up by its owner', (lease: ReturnType<typeof setUp>) => lease.outer.abort()],
  ])('is extended no more when it %s', async (_why, finish) => {
    const lease = setUp();
    finish(lease);
    expect(lease.clock.pending).toEqual([]);
    expect(getEventListeners(lease.outer.signal, 'abort')).toEqual([]);
  });

  it.each([true, false])('is over for good when it ends during an extension: answered with %s', async (isOurs) => {
    const lease = setUp();
    await lease.clock.advance(1_000);
    lease.end();
    lease.answers[0]?.(isOurs);
    await tick();
    expect(lease.lost).toBe(0);
    expect(lease.clock.pending).toEqual([]);
  });
});
