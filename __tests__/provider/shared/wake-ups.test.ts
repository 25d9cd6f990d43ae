import { describe, expect, it } from '@jest/globals';
import { WakeUps } from '../../../src/provider/shared/wake-ups.ts';

describe('those who wait for news', () => {
  const setUp = (): { wakeUps: WakeUps; woken: string[]; wait(key: string, name: string): () => void } => {
    const wakeUps = new WakeUps();
    const woken: string[] = [];
    return { wakeUps, woken, wait: (key, name) => wakeUps.listen(key, () => woken.push(name)) };
  };

  it('are all woken by news of their key, and by no other', () => {
    const { wakeUps, woken, wait } = setUp();
    wait('a', 'first');
    wait('a', 'second');
    wait('b', 'other');
    wakeUps.tell({ type: 'settled', key: 'a' });
    wakeUps.tell({ type: 'settled', key: 'nobody waits for it' });
    expect(woken).toEqual(['first', 'second']);
  });

  it('are left alone once they stopped, while the others wait on', () => {
    const { wakeUps, woken, wait } = setUp();
    const stop = wait('a', 'first');
    wait('a', 'second');
    stop();
    wakeUps.tell({ type: 'settled', key: 'a' });
    expect(woken).toEqual(['second']);
  });

  it('take no place from who comes after them when they stop twice', () => {
    const { wakeUps, woken, wait } = setUp();
    const stop = wait('a', 'first');
    stop();
    wait('a', 'second');
    stop();
    wakeUps.tell({ type: 'settled', key: 'a' });
    expect(woken).toEqual(['second']);
  });

  it('may stop, and let others stop, while they are being woken', () => {
    const wakeUps = new WakeUps();
    const woken: string[] = [];
    const stops = ['first', 'second'].map((name) =>
      wakeUps.listen('a', () => {
        woken.push(name);
        for (const stop of stops) stop();
      }),
    );
    wakeUps.tell({ type: 'settled', key: 'a' });
    wakeUps.tell({ type: 'settled', key: 'a' });
    expect(woken).toEqual(['first', 'second']);
  });

  it('are woken whatever becomes of those before them', () => {
    const { wakeUps, woken, wait } = setUp();
    wakeUps.listen('a', () => {
      throw new Error('of a request that is over');
    });
    wait('a', 'second');
    wakeUps.tell({ type: 'settled', key: 'a' });
    expect(woken).toEqual(['second']);
  });
});
