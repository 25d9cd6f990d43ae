import type { FakeClock } from './fake-clock.ts';
import type { Model } from './model.ts';
import type { Gap, Schedule } from './schedule.ts';
import type { WatchedSignal } from './watched-signal.ts';

/** Decides how far the engine gets before the next thing happens. */
export class Pace {
  /** Those who were ever handed to the engine. */
  readonly signals: WatchedSignal[] = [];
  readonly #clock: FakeClock;
  readonly #schedule: Schedule;
  readonly #modelNow: () => Model;
  /** Then the order in which flights end and keys are used decides who is evicted, so it must be known. */
  readonly #canEvict: boolean;
  #isIdle = false;
  #picks = 0;
  #gaps = 0;

  /** @param modelNow the model of the provider that is open */
  constructor(clock: FakeClock, schedule: Schedule, modelNow: () => Model) {
    this.#clock = clock;
    this.#schedule = schedule;
    this.#modelNow = modelNow;
    this.#canEvict = schedule.keys - 1 > schedule.policy.maxTokens;
  }

  /** Something is about to happen that the engine may react to. */
  async beforeStep(mustBeIdle: boolean): Promise<void> {
    if (mustBeIdle || (this.#canEvict && this.#modelNow().isStirred)) await this.idle();
    this.#isIdle = false;
  }

  async rest(gap: Gap): Promise<void> {
    if (gap === 'idle') return this.idle();
    for (let turn = 0; turn < gap; turn++) await null;
  }

  /**
   * Lets the engine run until it can do no more without time going on, then checks everything. One turn of the event
   * loop is enough, and is what it takes: it runs the microtasks until there are none, however many there are.
   */
  async idle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise((resolve) => setImmediate(resolve));
    const model = this.#modelNow();
    model.idle(this.#clock.outstanding);
    for (const signal of this.signals) {
      if (signal.listenerCount > model.waitingWith(signal)) {
        model.report(7, `a listener stays on ${JSON.stringify(signal.reason)}`);
      }
    }
    this.#isIdle = true;
  }

  async advance(ms: number): Promise<void> {
    await this.#clock.advance(ms, {
      pick: (count) => (this.#schedule.order[this.#picks++ % this.#schedule.order.length] as number) % count,
      beforeTimer: () => {
        this.#isIdle = false;
        this.#modelNow().stirring();
      },
      afterTimer: async () => {
        if (this.#canEvict) return this.idle();
        const { gaps } = this.#schedule;
        return this.rest(gaps[this.#gaps++ % gaps.length] as Gap);
      },
      beforeTimeMoves: async () => {
        await this.idle();
        return this.#modelNow().violations.length === 0;
      },
    });
  }
}
