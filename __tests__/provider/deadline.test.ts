import { describe, expect, it } from '@jest/globals';
import { pause, unlessAborted, withDeadline } from '../../src/provider/deadline.ts';
import { type Flight, sharedFlights } from '../../src/provider/flight.ts';
import type { AccessToken } from '../../src/values/access-token.ts';
import { FakeClock, tick } from '../fakes/fake-clock.ts';
import { WatchedSignal } from '../simulation/watched-signal.ts';

const never = new Promise<never>(() => {});

describe('a pause', () => {
  it('ends when its time is over, and leaves nothing on the signal', async () => {
    const clock = new FakeClock();
    const watched = new WatchedSignal('caller');
    let isOver = false;
    void pause(clock, 10, watched.signal).then(() => (isOver = true));
    await clock.advance(9);
    expect([isOver, watched.listenerCount]).toEqual([false, 1]);
    await clock.advance(1);
    expect([isOver, watched.listenerCount]).toEqual([true, 0]);
  });

  it('ends with the signal, and leaves no timer', async () => {
    const clock = new FakeClock();
    const watched = new WatchedSignal('caller');
    const paused = pause(clock, 10, watched.signal);
    watched.abort();
    await paused;
    expect([clock.pending, watched.listenerCount]).toEqual([[], 0]);
  });

  it('is none where the signal is aborted already', async () => {
    const clock = new FakeClock();
    await pause(clock, 10, AbortSignal.abort());
    expect(clock.pending).toEqual([]);
  });
});

describe('a deadline', () => {
  const timeoutError = (): Error => new Error('out of time');

  it('ends what runs with its own error, which its signal has as reason', async () => {
    const clock = new FakeClock();
    let inner: AbortSignal | undefined;
    const run = (signal: AbortSignal): Promise<never> => {
      inner = signal;
      return never;
    };
    const ended = withDeadline(clock, 10, undefined, timeoutError, run).catch((error: unknown) => error);
    await clock.advance(10);
    expect(await ended).toMatchObject({ message: 'out of time' });
    expect(inner?.reason).toBe(await ended);
  });

  it('ends with the signal around it, for that reason', async () => {
    const clock = new FakeClock();
    const watched = new WatchedSignal('caller');
    const ended = withDeadline(clock, 10, watched.signal, timeoutError, () => never).catch((error: unknown) => error);
    watched.abort();
    expect(await ended).toBe(watched.reason);
    expect([clock.pending, watched.listenerCount]).toEqual([[], 0]);
  });

  it('leaves neither timer nor listener when what runs has ended', async () => {
    const clock = new FakeClock();
    const watched = new WatchedSignal('caller');
    expect(await withDeadline(clock, 10, watched.signal, timeoutError, async () => 'done')).toBe('done');
    expect([clock.pending, watched.listenerCount]).toEqual([[], 0]);
  });

  it('begins nothing where the signal around it is aborted', async () => {
    const reason = new Error('closed');
    let runs = 0;
    const run = async (): Promise<void> => void runs++;
    const ended = withDeadline(new FakeClock(), 10, AbortSignal.abort(reason), timeoutError, run);
    await expect(ended).rejects.toBe(reason);
    expect(runs).toBe(0);
  });
});

describe('what runs unless a signal is aborted', () => {
  it('does not begin after that', async () => {
    const reason = new Error('left');
    let runs = 0;
    await expect(unlessAborted(AbortSignal.abort(reason), async () => void runs++)).rejects.toBe(reason);
    expect(runs).toBe(0);
  });

  it('is not waited for once it is, and leaves no listener', async () => {
    const watched = new WatchedSignal('caller');
    const ended = unlessAborted(watched.signal, () => never).catch((error: unknown) => error);
    watched.abort();
    expect(await ended).toBe(watched.reason);
    expect(watched.listenerCount).toBe(0);
  });

  it('gives what it comes to, and leaves no listener', async () => {
    const watched = new WatchedSignal('caller');
    expect(await unlessAborted(watched.signal, async () => 7)).toBe(7);
    expect(watched.listenerCount).toBe(0);
  });
});

describe('a wait for a flight', () => {
  const token = {} as AccessToken;
  const begin = (fly: () => Promise<AccessToken>): Flight<AccessToken> =>
    sharedFlights.begin({ fly, again: () => begin(fly), clock: new FakeClock() });

  it('ends at once for a caller who has left before it begins', async () => {
    const reason = new Error('left');
    const flight = begin(() => never);
    await expect(flight.wait(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it.each(['landing', 'abort'])('leaves no listener on the signal after its %s', async (end) => {
    const watched = new WatchedSignal('caller');
    let land = (_token: AccessToken): void => {};
    const flight = begin(() => new Promise((resolve) => (land = resolve)));
    const wait = flight.wait(watched.signal).catch(() => {});
    await tick();
    expect(watched.listenerCount).toBe(1);
    if (end === 'abort') watched.abort();
    land(token);
    await wait;
    expect(watched.listenerCount).toBe(0);
  });

  it('holds the process until the last has what it waits for, and no longer', async () => {
    let held = 0;
    let land = (_token: AccessToken): void => {};
    const fly = (): Promise<AccessToken> => new Promise((resolve) => (land = resolve));
    const holdProcess = (): (() => void) => {
      held++;
      return () => held--;
    };
    const again = (): never => {
      throw new Error('it is not lost');
    };
    const flight = sharedFlights.begin({ fly, again, clock: new FakeClock(), holdProcess });
    const leaving = new AbortController();
    const first = flight.wait(leaving.signal).catch(() => {});
    const second = flight.wait(undefined);
    await tick();
    leaving.abort();
    await first;
    expect(held).toBe(1);
    land(token);
    await second;
    expect(held).toBe(0);
  });
});
