import type { AccessToken } from '../values/access-token.ts';
import { runDetached } from './detached-context.ts';

/**
 * One token request on its way, with all who wait for it. This file decides that waiters share one promise; where a
 * platform forbids that (a promise of one request must not be awaited by another), it is this file that changes.
 */
export class Flight {
  readonly #controller = new AbortController();
  readonly #landing: Promise<AccessToken>;
  #waiting = 0;
  #isDemanded = false;

  readonly #holdProcess: () => () => void;
  #letProcessGo = (): void => {};

  /**
   * @param fly begins in its own async context, after the current call
   * @param holdProcess keeps the process alive until the function that it returns is called: as long as somebody waits
   */
  constructor(fly: (flight: Flight) => Promise<AccessToken>, holdProcess: () => () => void) {
    this.#holdProcess = holdProcess;
    this.#landing = runDetached(() => Promise.resolve().then(() => fly(this)));
    this.#landing.catch(() => {}); // a flight nobody waits for must not end the process
  }

  /** Ends the flight when aborted. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether anybody ever had no token to go on with. Only then is a failed attempt repeated at once. */
  get isDemanded(): boolean {
    return this.#isDemanded;
  }

  /**
   * Waits for the token. An abort ends this wait alone, with the signal's own reason.
   *
   * @param fallback a promise of the token that the caller still has, kept when it wants to wait no longer
   */
  async wait(signal: AbortSignal | undefined, fallback?: Promise<AccessToken>): Promise<AccessToken> {
    if (fallback === undefined) this.#isDemanded = true;
    if (this.#waiting++ === 0) this.#letProcessGo = this.#holdProcess();
    try {
      const token = fallback === undefined ? this.#landing : Promise.race([this.#landing, fallback]);
      return await (signal === undefined ? token : abortable(token, signal));
    } finally {
      if (--this.#waiting === 0) this.#letProcessGo();
    }
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (): void => signal.removeEventListener('abort', onAbort);
    const onAbort = (): void => {
      done();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    promise.finally(done).then(resolve, reject);
    if (signal.aborted) onAbort();
  });
}
