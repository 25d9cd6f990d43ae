import { expect, it } from '@jest/globals';
import { SentRequests } from '../../src/provider/sent-requests.ts';
import { FakeClock, tick } from '../fakes/fake-clock.ts';

it('a request that is seen through may take as long as an attempt, and then fails by name', async () => {
  const clock = new FakeClock();
  const sent = new SentRequests(clock, 1_000);
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
  const sent = new SentRequests(new FakeClock(), 1_000);
  expect(await sent.seeThrough(async () => 7)).toBe(7);
  await tick();
  await sent.settled();
});

it('what comes of a request is waited for, too, also if it begins while the request is', async () => {
  const sent = new SentRequests(new FakeClock(), 1_000);
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
