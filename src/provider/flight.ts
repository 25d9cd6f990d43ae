import type { Clock } from '../values/clock.ts';
import { runDetached } from './detached-context.ts';

/** One request on its way, with all who wait for what it brings. */
export interface Flight<T> {
  /** Ends the flight when aborted. For what the flight itself does, and for nobody else. */
  readonly signal: AbortSignal;
  /** Whether anybody ever had nothing to go on with. Only then is a failed attempt repeated at once. */
  readonly isDemanded: boolean;
  /** It went down without a word: begin another. */
  readonly isLost: boolean;
  /**
   * Waits for what the flight brings. An abort ends this wait alone, with the signal's own reason.
   *
   * @param fallback a promise of what the caller still has, kept when it wants to wait no longer
   */
  wait(signal?: AbortSignal, fallback?: Promise<T>): Promise<T>;
  /** Somebody who had something to go on with has nothing any more. */
  demand(): void;
  abort(reason: Error): void;
  /** It was lost, and another begun: who still waits for this one waits for that. */
  giveWayTo(next: Flight<T>): void;
}

export interface FlightPlan<T> {
  /** Begins after the current call. */
  readonly fly: (flight: Flight<T>) => Promise<T>;
  /** The flight that takes the place of one that was lost. */
  readonly again: () => Flight<T>;
  readonly clock: Clock;
  /** Keeps the process alive until the function that it returns is called: as long as somebody waits. */
  readonly holdProcess?: (() => () => void) | undefined;
}

/**
 * How callers share what is on its way. Nobody else keeps a promise that one call began and another may wait for: some
 * platforms forbid it.
 */
export interface Flights {
  begin<T>(plan: FlightPlan<T>): Flight<T>;
  /** Sees through what a call began and does not wait for. Default: nothing needs to be done. */
  keepAlive?(work: Promise<unknown>): void;
}

/** One promise for all who wait. */
export const sharedFlights: Flights = { begin: (plan) => new SharedFlight(plan) };

class SharedFlight<T> implements Flight<T> {
  readonly #controller = new AbortController();
  readonly #landing: Promise<T>;
  #waiting = 0;
  #isDemanded = false;

  readonly #holdProcess: FlightPlan<T>['holdProcess'];
  #letProcessGo: (() => void) | undefined;

  constructor({ fly, holdProcess }: FlightPlan<T>) {
    this.#holdProcess = holdProcess;
    this.#landing = runDetached(() => Promise.resolve().then(() => fly(this)));
    this.#landing.catch(() => {}); // a flight nobody waits for must not end the process
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isDemanded(): boolean {
    return this.#isDemanded;
  }

  get isLost(): boolean {
    return false;
  }

  async wait(signal: AbortSignal | undefined, fallback?: Promise<T>): Promise<T> {
    if (fallback === undefined) this.demand();
    if (this.#waiting++ === 0) this.#letProcessGo = this.#holdProcess?.();
    try {
      const token = fallback === undefined ? this.#landing : Promise.race([this.#landing, fallback]);
      return await (signal === undefined ? token : abortable(token, signal));
    } finally {
      if (--this.#waiting === 0) this.#letProcessGo?.();
    }
  }

  demand(): void {
    this.#isDemanded = true;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  giveWayTo(): void {} // it is never lost
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
