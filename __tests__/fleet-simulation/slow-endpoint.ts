import type { TokenGrant } from '../../src/protocol/token-answer.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A token endpoint that answers everybody, each after the same time, and remembers when it was asked. */
export class SlowEndpoint {
  readonly askedMs: number[] = [];
  readonly lifetimeMs: number;
  readonly #clock: VirtualClock;
  readonly #durationMs: number;

  constructor(clock: VirtualClock, durationMs: number, lifetimeMs: number) {
    this.#clock = clock;
    this.#durationMs = durationMs;
    this.lifetimeMs = lifetimeMs;
  }

  async grant(): Promise<TokenGrant> {
    const value = `token-${this.askedMs.push(this.#clock.monotonicMs())}`;
    await this.#clock.sleep(this.#durationMs);
    return {
      value,
      tokenType: 'Bearer',
      scope: undefined,
      response: {},
      lifetimeMs: this.lifetimeMs,
      refreshInMs: undefined,
    };
  }
}
