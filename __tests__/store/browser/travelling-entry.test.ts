import { describe, expect, it } from '@jest/globals';
import { isNewer, shifted, wakefulClock } from '../../../src/store/browser/travelling-entry.ts';
import type { Entry } from '../../../src/store/entry-table.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const entry: Entry = { generation: 1, epoch: 1.5, forgetMs: 9_000 };

describe('of two entries', () => {
  it.each<[why: string, newer: Partial<Entry>, older: Partial<Entry>]>([
    ['the one of a later leader is newer', { epoch: 2.1, generation: 1 }, { epoch: 1.9, generation: 7 }],
    ['of one leader that with more tokens', { generation: 2 }, { generation: 1, wasRejected: true }],
    ['of one token that which was rejected', { wasRejected: true }, {}],
  ])('%s', (_why, newer, older) => {
    expect(isNewer({ ...entry, ...newer }, { ...entry, ...older })).toBe(true);
    expect(isNewer({ ...entry, ...older }, { ...entry, ...newer })).toBe(false);
  });

  it('none is, if they say the same of the token', () => {
    expect(isNewer({ ...entry, lease: { owner: 'one', sinceMs: 0, endsMs: 1 } }, entry)).toBe(false);
    expect(isNewer({ ...entry, wasRejected: true }, { ...entry, wasRejected: true })).toBe(false);
  });
});

it('an entry is shifted with all its instants', () => {
  const whole = {
    ...entry,
    token: { stored: 'of a token' as never, endsMs: 1_000 },
    failure: { stored: 'of a failure' as never, endsMs: 2_000 },
    lease: { owner: 'one', sinceMs: 3_000, endsMs: 4_000 },
  };
  expect(shifted(whole, 10)).toEqual({
    ...entry,
    forgetMs: 9_010,
    token: { stored: 'of a token', endsMs: 1_010 },
    failure: { stored: 'of a failure', endsMs: 2_010 },
    lease: { owner: 'one', sinceMs: 3_010, endsMs: 4_010 },
  });
  expect(shifted(entry, -10)).toEqual({ ...entry, forgetMs: 8_990 });
});

describe('a wakeful clock', () => {
  const start = () => {
    const clock = new FakeClock();
    const wakeful = wakefulClock(clock);
    const startMs = wakeful.monotonicMs();
    return { clock, passedMs: () => wakeful.monotonicMs() - startMs };
  };

  it('goes as the monotonic one does', async () => {
    const { clock, passedMs } = start();
    await clock.advance(1_234);
    expect(passedMs()).toBe(1_234);
  });

  it('counts the time that the machine slept', async () => {
    const { clock, passedMs } = start();
    clock.suspend(60_000);
    await clock.advance(1);
    expect(passedMs()).toBe(60_001);
    expect(passedMs()).toBe(60_001);
  });

  it('does not gain by what the two differ from one reading to the next', () => {
    const { clock, passedMs } = start();
    for (let reading = 0; reading < 1_000; reading++) {
      clock.stepWall(reading % 2 === 0 ? 1 : -1);
      passedMs();
    }
    expect(passedMs()).toBe(0);
  });

  it('never goes back, and goes on, when the wall clock is set back', async () => {
    const { clock, passedMs } = start();
    clock.stepWall(-3_600_000);
    await clock.advance(5);
    expect(passedMs()).toBe(5);
  });
});
