import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type Clock, elapsedMs, readClock, systemClock } from '../../src/values/clock.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const MINUTE = 60_000;
const LONGEST_TIMER_MS = 2_147_483_647;

describe('elapsed time', () => {
  it.each<[string, (clock: FakeClock) => unknown, number]>([
    ['is nothing at once', () => {}, 0],
    ['is what both clocks say', (clock) => clock.advance(7 * MINUTE), 7 * MINUTE],
    ['goes with the wall clock when that is set forward', (clock) => clock.stepWall(10 * MINUTE), 10 * MINUTE],
    ['does not go back with the wall clock', (clock) => clock.stepWall(-10 * MINUTE), 0],
    ['counts the time that a machine slept', (clock) => clock.suspend(3 * MINUTE), 3 * MINUTE],
    [
      'follows the monotonic clock after a step back',
      async (clock) => {
        await clock.advance(4 * MINUTE);
        clock.stepWall(-10 * MINUTE);
        await clock.advance(1 * MINUTE);
      },
      5 * MINUTE,
    ],
    [
      'follows the wall clock after a sleep',
      async (clock) => {
        await clock.advance(4 * MINUTE);
        clock.suspend(10 * MINUTE);
        await clock.advance(1 * MINUTE);
      },
      15 * MINUTE,
    ],
  ])('%s', async (_, happens, expected) => {
    const clock = new FakeClock();
    const start = readClock(clock);
    await happens(clock);
    expect(elapsedMs(clock, start)).toBe(expected);
  });

  it('reads each clock once for an instant', () => {
    const clock: Clock = { monotonicMs: () => 1, wallMs: () => 2, schedule: () => () => {} };
    expect(readClock(clock)).toEqual({ monotonicMs: 1, wallMs: 2 });
  });
});

describe('the system clock', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it("reads the platform's two clocks", () => {
    jest.spyOn(performance, 'now').mockReturnValue(12.5);
    jest.spyOn(Date, 'now').mockReturnValue(1_900_000_000_000);
    expect(readClock(systemClock)).toEqual({ monotonicMs: 12.5, wallMs: 1_900_000_000_000 });
  });

  it('calls once after the delay, and not at all when taken back', () => {
    jest.useFakeTimers();
    const kept = jest.fn();
    const takenBack = jest.fn();
    systemClock.schedule(kept, 1_000);
    const takeBack = systemClock.schedule(takenBack, 1_000);
    jest.advanceTimersByTime(999);
    expect(kept).not.toHaveBeenCalled();
    takeBack();
    jest.advanceTimersByTime(60_000);
    expect(kept).toHaveBeenCalledTimes(1);
    expect(takenBack).not.toHaveBeenCalled();
  });

  it.each([
    [-5, 0],
    [0, 0],
    [1_500, 1_500],
    [LONGEST_TIMER_MS, LONGEST_TIMER_MS],
    [LONGEST_TIMER_MS + 1, LONGEST_TIMER_MS],
    [30 * 86_400_000, LONGEST_TIMER_MS],
    [Number.POSITIVE_INFINITY, LONGEST_TIMER_MS],
  ])('asks for a delay of %d ms as %d ms, which the platform can count', (delayMs, asked) => {
    const timer = jest.spyOn(globalThis, 'setTimeout');
    systemClock.schedule(() => {}, delayMs)();
    expect(timer.mock.calls.map(([, ms]) => ms)).toEqual([asked]);
  });

  it.each([
    [undefined, false],
    [{}, false],
    [{ keepAlive: false }, false],
    [{ keepAlive: true }, true],
  ])('with the options %j makes a timer that holds the process: %s', (options, holds) => {
    const timer = jest.spyOn(globalThis, 'setTimeout');
    const takeBack = systemClock.schedule(() => {}, 1_000, options);
    expect(timer.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([holds]);
    takeBack();
  });

  it('works where timers are plain numbers', () => {
    jest.spyOn(globalThis, 'setTimeout').mockReturnValue(42 as unknown as NodeJS.Timeout);
    const clear = jest.spyOn(globalThis, 'clearTimeout').mockReturnValue();
    systemClock.schedule(() => {}, 1_000)();
    expect(clear).toHaveBeenCalledWith(42);
  });

  it('lets a process end that has only timers of this kind left', async () => {
    const module = fileURLToPath(new URL('../../src/values/clock.ts', import.meta.url));
    const script = `
      import { systemClock } from ${JSON.stringify(module)};
      systemClock.schedule(() => console.log('held'), 3_600_000);
      systemClock.schedule(() => console.log('waited for'), 1, { keepAlive: true });
    `;
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 20_000 });
    expect(stdout).toBe('waited for\n');
  });
});
