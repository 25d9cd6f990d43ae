/** The promises that the simulation holds the engine to. */
export const invariants = {
  1: 'at most one token request is in flight per key',
  2: 'no caller gets a token that is over by either clock, or that was rejected before the call',
  3: 'no caller with a usable token waits, and it gets that token',
  4: 'every caller settles, and an aborted one, and only that one, with the reason of its own signal',
  5: 'token requests are made when due, and stay within the stated bound',
  6: 'while a cool-down runs no request leaves, and callers get the very error that began it',
  7: 'nothing is left behind: no timer, no flight, no listener, no unhandled rejection',
  8: 'no caller with a valid token sees the failure of a refresh',
  9: 'only a report of the current token drops it',
} as const;

export type Invariant = keyof typeof invariants;

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}

export type Report = (invariant: Invariant, what: string) => void;
