import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenEvent } from 'tokenflight';

/** Counts what a provider tells about its tokens. */
export class TokenLog {
  /** Tokens received, the first one included. */
  refreshes = 0;
  /** Calls that had to wait for the first token: there was none yet. */
  waitedForFirst = 0;
  /** Calls that had to wait for a token after that. */
  delayed = 0;
  /** Calls that were sent again, with a newer token, because the API rejected theirs. */
  replayed = 0;
  /** How long the last token lives. */
  lifetimeMs = 0;
  readonly #endsMs: number[] = [];
  #inFlight = 0;

  readonly listener = (event: TokenEvent): void => {
    switch (event.type) {
      // These two, and no others, are told of a call whose token does not come from the cache.
      case 'miss':
      case 'shared':
        if (this.refreshes === 0) this.waitedForFirst++;
        else this.delayed++;
        break;
      case 'refresh-started':
        this.#inFlight++;
        break;
      case 'refresh-succeeded':
        this.#inFlight--;
        this.refreshes++;
        this.lifetimeMs = event.lifetimeMs;
        // A lifetime counts from when the token was asked for.
        this.#endsMs.push(performance.now() - event.durationMs + event.lifetimeMs);
        break;
      case 'refresh-failed':
        this.#inFlight--;
        break;
      case 'replayed':
        this.replayed++;
        break;
    }
  };

  /** Tokens that have come to their end until now. */
  get expiries(): number {
    const nowMs = performance.now();
    return this.#endsMs.filter((endMs) => endMs <= nowMs).length;
  }

  /** Waits for a refresh that is still on its way, so that a request and its answer are both counted. */
  async settle(): Promise<void> {
    for (let tries = 0; this.#inFlight > 0 && tries < 500; tries++) await sleep(20);
  }
}
