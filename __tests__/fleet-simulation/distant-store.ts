import type { TokenStore } from '../../src/store/token-store.ts';
import { type Chance, durationMs } from './chance.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** The slowest 1% of round trips, in medians: as measured with a local Redis server. */
const TAIL = 8;
/** What it costs the server to send news to one subscriber: as measured with a local Redis server. */
const NEWS_MS = 0.003;

export interface StoreDistance {
  /** Median of a round trip, without what the server does. */
  readonly roundTripMs: number;
  /** So many operations the server does in a second, one after another. */
  readonly perSecond: number;
}

/**
 * A store as it is for other processes: messages take time, and the server does one thing at a time.
 *
 * @param onOperation told when an operation is sent
 */
export function distantStore(
  store: TokenStore,
  clock: VirtualClock,
  chance: Chance,
  { roundTripMs, perSecond }: StoreDistance,
  onOperation: () => void,
): TokenStore {
  let freeAtMs = 0;
  const workMs = 1_000 / perSecond;
  const oneWayMs = (): number => durationMs(roundTripMs, TAIL, chance) / 2;
  const untilDoneMs = (ms: number): number => {
    freeAtMs = Math.max(freeAtMs, clock.monotonicMs()) + ms;
    return freeAtMs - clock.monotonicMs();
  };
  const ask = async <T>(operation: () => Promise<T>): Promise<T> => {
    onOperation();
    await clock.sleep(oneWayMs());
    await clock.sleep(untilDoneMs(workMs));
    const answer = await operation();
    await clock.sleep(oneWayMs());
    return answer;
  };
  return {
    look: (key, wanted) => ask(() => store.look(key, wanted)),
    extend: (key, owner, leaseMs) => ask(() => store.extend(key, owner, leaseMs)),
    put: (key, owner, token, remainingMs) => ask(() => store.put(key, owner, token, remainingMs)),
    release: (key, owner, failure) => ask(() => store.release(key, owner, failure)),
    invalidate: (key, tokenId, intervalMs) => ask(() => store.invalidate(key, tokenId, intervalMs)),
    subscribe: (listener) =>
      store.subscribe((news) => void clock.schedule(() => listener(news), untilDoneMs(NEWS_MS) + oneWayMs())),
    close: () => store.close(),
  };
}
