import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { TokenAcquisitionError } from '../../src/errors/token-acquisition-error.ts';
import { TokenEndpointUnreachableError } from '../../src/errors/token-endpoint-unreachable-error.ts';
import { TokenRequestRejectedError } from '../../src/errors/token-request-rejected-error.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

describe('the age of a failure', () => {
  it('is counted from when it happened, by the clock that was given', async () => {
    const clock = new FakeClock();
    const error = new TokenEndpointUnreachableError({ nowMs: () => clock.monotonicMs() });
    expect(error).toBeInstanceOf(TokenAcquisitionError);
    expect(error.ageMs).toBe(0);
    await clock.advance(1_500);
    expect(error.ageMs).toBe(1_500);
    clock.stepWall(-60_000);
    expect(error.ageMs).toBe(1_500);
  });
});

describe('the fields of a failure', () => {
  it('give what the server asked to wait', () => {
    const details = { nowMs: () => 0, retryable: true, retryAfterMs: 7_000 };
    const error = new TokenRequestRejectedError({ status: 429 }, details);
    expect([error.retryable, error.retryAfterMs]).toEqual([true, 7_000]);
    expect(new TokenEndpointUnreachableError({ nowMs: () => 0 }).retryAfterMs).toBeUndefined();
  });

  it("hold nothing of whoever's clock it is", () => {
    const holder = { secret: 'not-to-be-seen', now: 0 };
    const error = new TokenEndpointUnreachableError({ nowMs: () => holder.now });
    expect(inspect(error, { depth: null, showHidden: true, getters: true })).not.toContain('not-to-be-seen');
    expect(JSON.stringify(error)).not.toContain('not-to-be-seen');
  });
});
