import { type Failure, type PromisedAges, type PromisedPolicy, promisedAges } from './promised-numbers.ts';
import type { Outcome, ServedRequest } from './token-server.ts';

/** A token as the server granted it. */
export interface Grant {
  readonly value: string;
  readonly key: string;
  readonly ages: PromisedAges;
  readonly asked: ServedRequest['sentAt'];
  /** The moment, in order of all that happens, from which on nobody may get it any more. */
  rejectedFrom: number;
  /** When that was, by the monotonic clock. */
  rejectedAtMs: number;
  isGone: boolean;
}

export function newGrant(
  request: ServedRequest,
  outcome: Extract<Outcome, { kind: 'token' }>,
  policy: PromisedPolicy,
): Grant {
  return {
    value: outcome.value,
    key: request.key,
    ages: promisedAges(outcome.lifetimeMs ?? policy.fallbackLifetimeMs, policy, outcome.refreshInMs),
    asked: request.sentAt,
    rejectedFrom: Number.POSITIVE_INFINITY,
    rejectedAtMs: Number.POSITIVE_INFINITY,
    isGone: false,
  };
}

/** One flight as it should be. */
export interface ReferenceFlight {
  readonly startedMs: number;
  /** What it brings came by force, or in place of a rejected token. */
  isForced: boolean;
  attempts: number;
  attemptStartedMs: number;
  /** When the next request leaves. Undefined: one is on its way. */
  dueMs: number | undefined;
  /** The secret was refused: it is read again and, being another one by now, sent at once, but only once an attempt. */
  reread: 'no' | 'due' | 'done';
  /** Somebody has no token to go on with, so a failed attempt is repeated. */
  isDemanded: boolean;
  end: { readonly grant: Grant } | { readonly failure: Failure } | undefined;
  /** The error that callers got, once the first one did. */
  error: unknown;
}

/** @param readMs how long the secret takes to be read */
export function newFlight(startedMs: number, readMs: number, isForced: boolean): ReferenceFlight {
  return {
    startedMs,
    isForced,
    attempts: 0,
    attemptStartedMs: startedMs,
    dueMs: startedMs + readMs,
    reread: 'no',
    isDemanded: false,
    end: undefined,
    error: undefined,
  };
}

/** How a call should be answered. */
export type Expectation =
  /** At once, with this token. */
  | { readonly kind: 'token'; readonly grant: Grant }
  /** At once, with the error of this flight. */
  | { readonly kind: 'cool-down'; readonly flight: ReferenceFlight }
  /** By this flight; or with the token in hand, after a failure or when patience ends. */
  | {
      readonly kind: 'flight';
      readonly flight: ReferenceFlight;
      readonly held?: Grant;
      readonly patientUntilMs?: number;
    };
