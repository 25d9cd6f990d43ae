import { describe, expect, it } from '@jest/globals';
import { StoreGuard, unavailable } from '../../../src/provider/shared/store-guard.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import type { TokenEvent } from '../../../src/telemetry/events.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const TIMEOUT_MS = 500;

function setUp(
  drawn = 0,
  timeoutMs = TIMEOUT_MS,
): {
  readonly clock: FakeClock;
  readonly guard: StoreGuard;
  readonly told: TokenEvent[];
  fail(error?: unknown): Promise<unknown>;
  /** Whether a store that works is used. */
  isUsed(): Promise<boolean>;
} {
  const clock = new FakeClock();
  const events = new EventHub();
  const told: TokenEvent[] = [];
  events.subscribe((event) => told.push(event));
  const guard = new StoreGuard(clock, timeoutMs, () => drawn, events);
  return {
    clock,
    guard,
    told,
    fail: (error = new Error('gone')) => guard.attempt('look', {}, () => Promise.reject(error)),
    isUsed: async () => (await guard.attempt('look', {}, async () => 'used')) === 'used',
  };
}

describe('a failing store', () => {
  it.each<[string, unknown]>([
    ['ECONNREFUSED', Object.assign(new Error('connect 10.0.0.7:6379'), { code: 'ECONNREFUSED' })],
    ['UNCERTAIN_STATE', { code: 'UNCERTAIN_STATE' }],
    ['READONLY', new Error("READONLY You can't write against a read only replica.")],
    ['ERR', Object.assign(new Error('ERR SET key'), { code: 'set KEY' })],
    ['error', Object.assign(new Error('gone'), { code: 'KEY 4711' })],
    ['error', { code: 'E' }],
    ['error', { code: 'A'.repeat(33) }],
    ['error', { code: ['ECONNREFUSED'], message: ['READONLY replica'] }],
    ['error', new Error('the KEY of 4711')],
    ['error', new Error('READONLY')],
    ['error', 'READONLY text'],
    ['error', null],
    ['error', undefined],
  ])('is told of by a word that is no secret: %s', async (why, error) => {
    const { guard, told } = setUp();
    expect(await guard.attempt('put', { scope: 'a' }, () => Promise.reject(error))).toBe(unavailable);
    expect(told).toEqual([{ type: 'store-failed', request: { scope: 'a' }, operation: 'put', why, pauseMs: 0 }]);
  });

  it('that throws at once is no different', async () => {
    const { guard, told } = setUp();
    const broken = (): never => {
      throw new Error('LOADING the data');
    };
    expect(await guard.attempt('look', {}, broken)).toBe(unavailable);
    expect(told).toMatchObject([{ why: 'LOADING' }]);
  });

  it('that does not answer is told of as late', async () => {
    const { clock, guard, told } = setUp();
    const attempt = guard.attempt('extend', {}, () => new Promise(() => {}));
    await clock.advance(TIMEOUT_MS);
    expect(await attempt).toBe(unavailable);
    expect(told).toMatchObject([{ operation: 'extend', why: 'timeout', pauseMs: 0 }]);
    expect(clock.pending).toEqual([]);
  });

  it('is left alone after the third failure in a row, and tried again when its time has come', async () => {
    const { clock, told, fail, isUsed } = setUp();
    for (const _time of [1, 2, 3]) await fail();
    expect(told.map((event) => 'pauseMs' in event && event.pauseMs)).toEqual([0, 0, 500]);
    await clock.advance(499);
    expect(await isUsed()).toBe(false);
    await clock.advance(1);
    expect(await isUsed()).toBe(true);
    expect(await isUsed()).toBe(true);
  });

  it('is left alone for longer each time, for 30 s at the longest', async () => {
    const { clock, told, fail } = setUp(1);
    for (let failures = 1; failures < 9; failures++) {
      await fail();
      await clock.advance(30_000);
    }
    const pauses = told.map((event) => 'pauseMs' in event && event.pauseMs);
    expect(pauses).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  });

  it('is left alone no longer for many who met the same failure, and all the same at once', async () => {
    const { clock, told, fail, isUsed } = setUp(1);
    await Promise.all(Array.from({ length: 20 }, () => fail()));
    expect(told.slice(2).map((event) => 'pauseMs' in event && event.pauseMs)).toEqual(Array(18).fill(1_000));
    await clock.advance(999);
    expect(await isUsed()).toBe(false);
    await clock.advance(1);
    await fail();
    expect(told.at(-1)).toMatchObject({ pauseMs: 2_000 });
  });

  it('is not taken for a better one because a failure of before comes late', async () => {
    const { clock, guard, told, fail } = setUp(1, 60_000);
    let failLate = (_error: Error): void => {};
    const late = guard.attempt('look', {}, () => new Promise((_resolve, reject) => (failLate = reject)));
    for (const _time of [1, 2, 3]) await fail();
    await clock.advance(1_000);
    await fail();
    failLate(new Error('gone'));
    await late;
    await clock.advance(2_000);
    await fail();
    expect(told.map((event) => 'pauseMs' in event && event.pauseMs)).toEqual([0, 0, 1_000, 2_000, 2_000, 4_000]);
  });

  it('that works again has all its tries again', async () => {
    const { fail, isUsed } = setUp();
    for (const _time of [1, 2]) await fail();
    expect(await isUsed()).toBe(true);
    for (const _time of [1, 2]) await fail();
    expect(await isUsed()).toBe(true);
  });

  it('is tried by one, while others go on without it', async () => {
    const { clock, guard, fail, isUsed } = setUp();
    for (const _time of [1, 2, 3]) await fail();
    await clock.advance(500);
    let answer = (_text: string): void => {};
    const trial = guard.attempt('look', {}, () => new Promise<string>((resolve) => (answer = resolve)));
    expect(await isUsed()).toBe(false);
    answer('late, but in time');
    expect(await trial).toBe('late, but in time');
    expect(await isUsed()).toBe(true);
  });

  it('costs nobody an event where nobody listens', async () => {
    let made = 0;
    class Unheard extends EventHub {
      override emit(): void {
        made++;
      }
    }
    const guard = new StoreGuard(new FakeClock(), TIMEOUT_MS, () => 0, new Unheard());
    await guard.attempt('look', {}, () => Promise.reject(new Error('gone')));
    expect(made).toBe(0);
  });
});
