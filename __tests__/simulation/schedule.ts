import type { Edge } from './edges.ts';
import type { PromisedPolicy } from './promised-numbers.ts';

/** What the token server does with one attempt. Latencies and delays are in milliseconds. */
export interface Behaviour {
  readonly kind:
    | 'token'
    | 'over' // a token that has already expired
    | 'unavailable' // 503
    | 'throttled' // 429
    | 'unreachable'
    | 'throws'
    | 'cut' // the body breaks off
    | 'hang'
    | 'deaf' // hangs, and does not mind its signal; answers long after
    | 'invalid_client'
    | 'invalid_grant'
    | 'garbage';
  /** 0: at once, within the same turn of the event loop. */
  readonly latencyMs: number;
  readonly lifetimeS: number;
  /** How `expires_in` is written. */
  readonly written: 'number' | 'string' | 'missing';
  /** Share of the lifetime that goes into `refresh_in`. */
  readonly refreshIn: number | undefined;
  readonly retryAfterS: number | undefined;
  /** Whether `Retry-After` is a date. */
  readonly isDate: boolean;
}

/** After which a step goes on: `idle`, everything has settled; a number, so many microtasks. */
export type Gap = 'idle' | number;

export type Step = { readonly gap: Gap } & (
  | {
      readonly type: 'call';
      readonly key: number;
      readonly forced: boolean;
      readonly signal: number | undefined;
      readonly spelling: number;
    }
  /** An API that answers every token with 401, or a caller in a loop: calls one after the other, each when idle. */
  | {
      readonly type: 'storm';
      readonly key: number;
      readonly forced: boolean;
      readonly rejects: boolean;
      readonly times: number;
      readonly everyMs: number;
    }
  | { readonly type: 'peek'; readonly key: number }
  | { readonly type: 'abort'; readonly signal: number }
  | { readonly type: 'renew'; readonly signal: number }
  /** `older`: how many tokens back. */
  | { readonly type: 'invalidate'; readonly key: number; readonly older: number }
  | { readonly type: 'advance'; readonly ms: number }
  | { readonly type: 'advance-to'; readonly key: number; readonly edge: Edge | 'timer'; readonly offsetMs: number }
  | { readonly type: 'step-wall'; readonly ms: number }
  | { readonly type: 'suspend'; readonly ms: number }
  | { readonly type: 'reopen' }
);

export interface Schedule {
  readonly keys: number;
  readonly policy: PromisedPolicy;
  /** One for each attempt, over and over. */
  readonly script: readonly Behaviour[];
  readonly steps: readonly Step[];
  /** Which of several timers due at one instant fires first. */
  readonly order: readonly number[];
  /** What runs between two timers of one instant. */
  readonly gaps: readonly Gap[];
}
