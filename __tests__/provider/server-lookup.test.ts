import { expect, it } from '@jest/globals';
import { DiscoveryError } from '../../src/errors/discovery-error.ts';
import { ProviderClosedError } from '../../src/errors/provider-closed-error.ts';
import type { AuthorizationServer } from '../../src/protocol/authorization-server.ts';
import { type Flights, sharedFlights } from '../../src/provider/flight.ts';
import { ServerLookup } from '../../src/provider/server-lookup.ts';
import { perRequest } from '../../src/provider/workers.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MortalClock } from '../fakes/mortal-clock.ts';

const server = { tokenUrl: new URL('https://auth.example/token') } as unknown as AuthorizationServer;

/** A lookup whose issuer answers as the test says, and how often it was asked. */
function lookup(
  answer: () => Promise<AuthorizationServer>,
  clock: FakeClock = new FakeClock(),
  flights: Flights = sharedFlights,
) {
  let asked = 0;
  const made = new ServerLookup({
    issuer: 'https://auth.example',
    discover: () => {
      asked++;
      return answer();
    },
    clock,
    attemptTimeoutMs: 1_000,
    coolDown: { minDelayMs: 500, maxDelayMs: 30_000 },
    random: () => 0,
    flights,
  });
  const failure = (): Promise<DiscoveryError> =>
    made.get().then(
      () => Promise.reject(new Error('it did not fail')),
      (error: DiscoveryError) => error,
    );
  return { lookup: made, clock, failure, asked: () => asked };
}

it('a failed search is answered from memory to the end of its cool-down, and then made again', async () => {
  const { clock, failure, asked } = lookup(() => Promise.reject(new Error('no answer')));
  const first = await failure();
  expect(first).toBeInstanceOf(DiscoveryError);
  await clock.advance((first.retryAfterMs ?? 0) - 1);
  expect(await failure()).toBe(first);
  expect(first.ageMs).toBe((first.retryAfterMs ?? 0) - 1);
  await clock.advance(1);
  expect(await failure()).not.toBe(first);
  expect(asked()).toBe(2);
});

it('the cool-down of failed searches grows to 30 s, and begins afresh after a success', async () => {
  let isUp = false;
  const { lookup: made, clock, failure } = lookup(() => (isUp ? Promise.resolve(server) : Promise.reject(new Error())));
  const pauses: (number | undefined)[] = [];
  for (let round = 0; round < 8; round++) {
    const { retryAfterMs } = await failure();
    pauses.push(retryAfterMs);
    await clock.advance(retryAfterMs ?? 0);
  }
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]); // without jitter, half of the ceiling
  isUp = true;
  expect(await made.get()).toBe(server);
});

it('a search that was ended by closing ends with that, not with a failure of the issuer', async () => {
  const { lookup: made, failure } = lookup(() => new Promise(() => {}));
  const ended = failure();
  made.close();
  expect(await ended).toBeInstanceOf(ProviderClosedError);
});

it('who waits for a search that died waits for the one that was begun in its place, though that one is over', async () => {
  const answers: ((server: AuthorizationServer) => void)[] = [];
  const clock = new MortalClock();
  const answer = (): Promise<AuthorizationServer> => new Promise((resolve) => answers.push(resolve));
  const { lookup: made, asked } = lookup(answer, clock, perRequest({ waitUntil: () => {} }));
  void made.get();
  await clock.advance(0);
  clock.endRequests();
  const waiting = made.get(); // looks after 955, 1,055 and 1,155 ms
  await clock.advance(1_001);
  const coming = made.get();
  await clock.advance(0);
  answers[1]?.(server);
  expect(await coming).toBe(server);
  await clock.advance(200);
  expect([await waiting, asked()]).toEqual([server, 2]);
});
