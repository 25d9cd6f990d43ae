import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProviderClosedError } from '../../src/errors/provider-closed-error.ts';
import { type Flight, sharedFlights } from '../../src/provider/flight.ts';
import { isRefreshInTrouble, waitInMargin } from '../../src/provider/margin-wait.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import { readClock } from '../../src/values/clock.ts';
import { FakeClock, tick } from '../fakes/fake-clock.ts';

const LIFETIME_MS = 10_000;
const tokenOf = (value: string): AccessToken =>
  new AccessToken({ value, tokenType: 'Bearer', id: value, expiresAtMs: Number.NaN });
const newer = tokenOf('newer');

describe('a wait with the last of a token in hand', () => {
  let clock: FakeClock;
  let flight: Flight<AccessToken>;
  let land: (token: AccessToken) => void;
  let crash: (error: Error) => void;
  let outcome: unknown;
  let slot: { flightStartMs: number; rejectedId: string | undefined };

  beforeEach(async () => {
    clock = new FakeClock();
    const landing = new Promise<AccessToken>((resolve, reject) => {
      land = resolve;
      crash = reject;
    });
    flight = sharedFlights.begin({ fly: () => landing, again: () => flight, clock });
    const cached = { ...readClock(clock), token: tokenOf('old'), lifetimeMs: LIFETIME_MS };
    await clock.advance(LIFETIME_MS - 3_000);
    outcome = 'none yet';
    const note = (settled: unknown): void => {
      outcome = settled instanceof AccessToken ? settled.value : settled;
    };
    slot = { flightStartMs: clock.monotonicMs(), rejectedId: undefined };
    void waitInMargin(clock, flight, slot, cached, undefined).then(note, note);
  });

  it('brings the new token', async () => {
    land(newer);
    await tick();
    expect([outcome, clock.pending]).toEqual(['newer', []]);
  });

  it('ends with the old one after half of what is left', async () => {
    await clock.advance(1_499);
    expect(outcome).toBe('none yet');
    await clock.advance(1);
    expect(outcome).toBe('old');
  });

  it('ends with the old one where the flight fails', async () => {
    crash(new Error('no connection'));
    await tick();
    expect([outcome, clock.pending]).toEqual(['old', []]);
  });

  it('ends with the failure of the flight where the old one has come to its end meanwhile', async () => {
    clock.stepWall(3_000);
    const error = new Error('no connection');
    crash(error);
    await tick();
    expect(outcome).toBe(error);
  });

  it('never ends with an old one whose end a sleep or a step of the clock has brought', async () => {
    clock.stepWall(1_500); // half of it is then over when patience is
    await clock.advance(1_500);
    expect(outcome).toBe('none yet');
    land(newer);
    await tick();
    expect(outcome).toBe('newer');
  });

  it('never ends with an old one that was rejected or revoked meanwhile', async () => {
    slot.rejectedId = tokenOf('old').id;
    await clock.advance(2_999);
    expect(outcome).toBe('none yet');
    const error = new Error('no connection');
    crash(error);
    await tick();
    expect([outcome, clock.pending]).toEqual([error, []]);
  });

  it('has a failed attempt repeated once the old one has come to its end', async () => {
    clock.stepWall(3_000);
    expect(flight.isDemanded).toBe(false);
    await clock.advance(1_500);
    expect(flight.isDemanded).toBe(true);
    land(newer);
    await tick();
    expect([outcome, clock.pending]).toEqual(['newer', []]);
  });

  it('ends with the provider', async () => {
    const closed = new ProviderClosedError();
    crash(closed);
    await tick();
    expect(outcome).toBe(closed);
  });
});

describe('a refresh is in trouble', () => {
  it.each([
    [false, { failures: 0, flightStartMs: undefined }],
    [true, { failures: 1, flightStartMs: undefined }],
    [false, { failures: 0, flightStartMs: 1 }],
    [true, { failures: 0, flightStartMs: 0 }],
  ])('%p: %j', (isInTrouble, known) => {
    expect(isRefreshInTrouble(known, 2_000)).toBe(isInTrouble);
  });
});
