import { describe, expect, it } from '@jest/globals';
import type { Acquisition } from '../../../src/provider/attempt-token.ts';
import { adoptedToken, checkedAnswer, remainingMs, storedToken } from '../../../src/provider/shared/stored-token.ts';
import type { StoredToken } from '../../../src/store/token-store.ts';
import { readClock } from '../../../src/values/clock.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const stored: StoredToken = {
  id: 'an-id',
  value: 'token-1',
  tokenType: 'Bearer',
  scope: 'a b',
  response: { account: '4711' },
  lifetimeMs: 600_000,
  refreshInMs: 200_000,
  marginMs: 60_000,
  isForced: true,
};

function acquired(clock: FakeClock): Acquisition {
  const { value, tokenType, scope, response, lifetimeMs, refreshInMs } = stored;
  const grant = { value, tokenType, scope, response, lifetimeMs, refreshInMs };
  return { grant, lifetimeMs, asked: readClock(clock), isForced: true };
}

describe('a token that travels', () => {
  it('takes with it all that another process hands out or judges it by', () => {
    expect(storedToken(acquired(new FakeClock()), 'an-id', true, { refreshJitter: 0.1 })).toEqual(stored);
  });

  it('takes the margin with it that its process was given', () => {
    const policy = { refreshJitter: 0, expiryMarginMs: 5_000 };
    expect(storedToken(acquired(new FakeClock()), 'an-id', false, policy)).toMatchObject({
      marginMs: 5_000,
      isForced: false,
    });
  });

  it('has left what of its life is not over', async () => {
    const clock = new FakeClock();
    const acquisition = acquired(clock);
    await clock.advance(1_500);
    expect(remainingMs(clock, acquisition)).toBe(598_500);
  });

  it('ends in the other process when it ends where it came from', () => {
    const adopted = adoptedToken({ token: stored, remainingMs: 500_000 }, { monotonicMs: 7_000, wallMs: 2_000_000 });
    const { value, tokenType, scope, response, lifetimeMs, refreshInMs } = stored;
    expect(adopted).toEqual({
      grant: { value, tokenType, scope, response, lifetimeMs, refreshInMs },
      lifetimeMs: 600_000,
      asked: { monotonicMs: -93_000, wallMs: 1_900_000 },
      isForced: true,
    });
  });

  it('is never older than its whole life, nor asked for in the future', () => {
    const asked = { monotonicMs: 7_000, wallMs: 2_000_000 };
    expect(adoptedToken({ token: stored, remainingMs: 700_000 }, asked).asked).toEqual(asked);
  });

  it('hands out what the server said as something nobody can change', () => {
    const { response } = adoptedToken({ token: stored, remainingMs: 1 }, { monotonicMs: 0, wallMs: 0 }).grant;
    expect(Object.isFrozen(response)).toBe(true);
  });
});

describe('what a store says', () => {
  const said = (token: object, leftMs: unknown = 1_000): Parameters<typeof checkedAnswer>[0] => ({
    generation: 1,
    token: { token: { ...stored, ...token }, remainingMs: leftMs as number },
  });

  it('is taken as it is where it can be a token, and where it is none', () => {
    for (const answer of [said({}), { generation: 0 }, { generation: 0, lease: 'held' } as const]) {
      expect(checkedAnswer(answer)).toBe(answer);
    }
  });

  it.each([
    ['id', [undefined, '', 42, 'a b']],
    ['value', [undefined, null, '', 42, 'a\r\nb', 'a b']],
    ['tokenType', [undefined, '', 7, 'Bea rer']],
    ['lifetimeMs', [undefined, '600000', 0, -1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['response', [undefined, 'text', 7]],
  ])('is no token with %s as none has it', (name, values) => {
    for (const value of values) expect(() => checkedAnswer(said({ [name]: value }))).toThrow('MALFORMED entry');
  });

  it('is no token without time left', () => {
    for (const leftMs of [undefined, '1', 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => checkedAnswer(said({}, leftMs === undefined ? null : leftMs))).toThrow('MALFORMED entry');
    }
  });
});
