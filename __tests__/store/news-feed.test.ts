import { expect, jest, test } from '@jest/globals';
import { NewsFeed } from '../../src/store/news-feed.ts';

/** A client whose subscriptions end when the test says so. */
class Subscriptions {
  readonly ends: (() => void)[] = [];
  stopped = 0;
  failsAtOnce = false;

  readonly listen = (_channel: string, _onMessage: (message: string) => void, onEnd: () => void): (() => void) => {
    if (this.failsAtOnce) throw new Error('no connection');
    this.ends.push(onEnd);
    return () => {
      this.stopped++;
    };
  };
}

test('a subscription that ended is begun again, after pauses that grow to half a minute', () => {
  jest.useFakeTimers();
  const subscriptions = new Subscriptions();
  const feed = new NewsFeed('channel', subscriptions.listen);
  feed.add(() => {});
  for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const { length } = subscriptions.ends;
    subscriptions.ends.at(-1)?.();
    subscriptions.ends.at(-1)?.(); // told twice, it counts once
    jest.advanceTimersByTime(pauseMs - 1);
    expect(subscriptions.ends).toHaveLength(length);
    jest.advanceTimersByTime(1);
    expect(subscriptions.ends).toHaveLength(length + 1);
  }
  subscriptions.failsAtOnce = true;
  subscriptions.ends.at(-1)?.();
  jest.advanceTimersByTime(30_000);
  subscriptions.failsAtOnce = false;
  jest.advanceTimersByTime(30_000);
  expect(subscriptions.ends).toHaveLength(9);
});

test('none is begun again that nobody needs any more', () => {
  jest.useFakeTimers();
  const subscriptions = new Subscriptions();
  const feed = new NewsFeed('channel', subscriptions.listen);
  const stop = feed.add(() => {});
  subscriptions.ends[0]?.();
  stop();
  jest.advanceTimersByTime(60_000);
  expect(subscriptions.ends).toHaveLength(1);
  feed.add(() => {});
  feed.close();
  subscriptions.ends[1]?.(); // too late
  jest.advanceTimersByTime(60_000);
  expect(subscriptions.ends).toHaveLength(2);
  expect(subscriptions.stopped).toBe(1);
  expect(jest.getTimerCount()).toBe(0);
});

test('without a way to subscribe there is no news, and nothing fails', () => {
  const feed = new NewsFeed('channel', undefined);
  feed.add(() => {})();
  feed.close();
});
