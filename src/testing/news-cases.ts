import type { StoreNews } from '../store/token-store.ts';
import { aFailure, aToken, expectEqual, type Scene, type StoreCase } from './store-case.ts';

const LONGEST_WAIT_MS = 5_000;
const POLL_MS = 2;

/** What the other handle hears of this key. */
async function listen({ theirs, key, subscribed }: Scene): Promise<StoreNews[]> {
  const heard: StoreNews[] = [];
  theirs.subscribe((news) => {
    if (news.key === key) heard.push(news);
  });
  await subscribed();
  return heard;
}

async function expectNews(heard: readonly StoreNews[], expected: readonly StoreNews[]): Promise<void> {
  const startMs = performance.now();
  while (heard.length < expected.length && performance.now() - startMs < LONGEST_WAIT_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  expectEqual(heard, expected, 'news');
}

/** What others hear of it. */
export const newsCases: readonly StoreCase[] = [
  [
    'a token that was put wakes who waits',
    async (scene) => {
      const heard = await listen(scene);
      await scene.put();
      await expectNews(heard, [{ type: 'settled', key: scene.key }]);
    },
  ],
  [
    'so does a lease that was given back, with a failure or without',
    async (scene) => {
      const { key, ours, look } = scene;
      const settled = { type: 'settled', key } as const;
      const heard = await listen(scene);
      await look('one');
      await ours.release(key, 'one');
      await expectNews(heard, [settled]);
      await look('one');
      await ours.release(key, 'one', aFailure);
      await expectNews(heard, [settled, settled]);
    },
  ],
  [
    'a rejection is told to all, with the id of the token; what was refused is told to nobody',
    async (scene) => {
      const { key, ours, look, put } = scene;
      const heard = await listen(scene);
      await ours.put(key, 'one', aToken, aToken.lifetimeMs);
      await ours.release(key, 'one');
      await ours.invalidate(key, aToken.id, 0);
      await put();
      await look('one');
      await ours.invalidate(key, 'another', 0);
      await ours.invalidate(key, aToken.id, 0);
      await expectNews(heard, [
        { type: 'settled', key },
        { type: 'invalidated', key, tokenId: aToken.id },
      ]);
    },
  ],
  [
    'a listener that throws disturbs nobody',
    async (scene) => {
      scene.theirs.subscribe(() => {
        throw new Error('by a listener');
      });
      const heard = await listen(scene);
      await scene.put();
      await expectNews(heard, [{ type: 'settled', key: scene.key }]);
      expectEqual((await scene.look('two', {}, scene.theirs)).token?.token, aToken, 'what is there');
    },
  ],
  [
    'a subscription that was ended hears nothing',
    async (scene) => {
      const ended: StoreNews[] = [];
      const end = scene.theirs.subscribe((news) => void ended.push(news));
      const heard = await listen(scene);
      end();
      end();
      await scene.put();
      await expectNews(heard, [{ type: 'settled', key: scene.key }]);
      expectEqual(
        ended.filter(({ key }) => key === scene.key),
        [],
        'heard after its end',
      );
    },
  ],
];
