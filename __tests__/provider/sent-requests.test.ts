import { expect, it } from '@jest/globals';
import { type FlightPlan, type Flights, sharedFlights } from '../../src/provider/flight.ts';
import { SentRequests } from '../../src/provider/sent-requests.ts';
import { FakeClock, tick } from '../fakes/fake-clock.ts';

it('a request that is seen through may take as long as an attempt, and then fails by name', async () => {
  const clock = new FakeClock();
  const sent = new SentRequests(clock, 1_000, sharedFlights);
  let signal: AbortSignal | undefined;
  const request = sent.seeThrough((given) => {
    signal = given;
    return new Promise(() => {});
  });
  const failure = request.catch((error: unknown) => error);
  let isSettled = false;
  void sent.settled().then(() => (isSettled = true));
  await clock.advance(999);
  expect([isSettled, signal?.aborted]).toEqual([false, false]);
  await clock.advance(1);
  expect(await failure).toMatchObject({ message: 'no token within 1000 ms (option "attemptTimeoutMs")', ageMs: 0 });
  expect([isSettled, signal?.aborted]).toEqual([true, true]);
});

it('nothing is waited for where nothing is on its way', async () => {
  const sent = new SentRequests(new FakeClock(), 1_000, sharedFlights);
  expect(await sent.seeThrough(async () => 7)).toBe(7);
  await tick();
  await sent.settled();
});

it('what comes of a request is waited for, too, also if it begins while the request is', async () => {
  const sent = new SentRequests(new FakeClock(), 1_000, sharedFlights);
  let end = (): void => {};
  const kept = new Promise<void>((_resolve, reject) => {
    end = () => reject(new Error('not kept'));
  });
  const request = sent.seeThrough(async () => {
    await tick();
    sent.note(kept);
  });
  let isSettled = false;
  const settled = sent.settled().then(() => {
    isSettled = true;
  });
  await request;
  await tick();
  expect(isSettled).toBe(false);
  end();
  await settled;
});

it('one that is on its way is waited for although another was sent since', async () => {
  const sent = new SentRequests(new FakeClock(), 1_000, sharedFlights);
  let end = (): void => {};
  sent.note(
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  sent.note(Promise.resolve());
  let isSettled = false;
  const settled = sent.settled().then(() => {
    isSettled = true;
  });
  await tick();
  expect(isSettled).toBe(false);
  end();
  await settled;
});

it('what was lost with who sent it is neither waited for nor kept', async () => {
  const begun: { isLost: boolean; waits: number }[] = [];
  const flights: Flights = {
    begin<T>({ again }: FlightPlan<T>) {
      const flight = {
        isLost: false,
        waits: 0,
        signal: new AbortController().signal,
        isDemanded: false,
        wait: async () => {
          flight.waits++;
          return flight.isLost ? again().wait() : (undefined as T);
        },
        abort: () => {},
        giveWayTo: () => {},
        demand: () => {},
      };
      begun.push(flight);
      return flight;
    },
  };
  const sent = new SentRequests(new FakeClock(), 1_000, flights);
  const lose = (position: number): void => void Object.assign(begun[position] ?? {}, { isLost: true });
  const never = new Promise<void>(() => {});
  sent.note(never);
  lose(0);
  sent.note(never);
  lose(1);
  await sent.settled();
  expect(begun.map(({ waits }) => waits)).toEqual([0, 1, 1]);
});
