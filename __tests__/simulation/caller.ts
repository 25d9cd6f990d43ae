import type { Expectation, Grant } from './expectation.ts';
import type { ReferenceKey } from './reference-key.ts';
import type { Violation } from './violation.ts';
import type { WatchedSignal } from './watched-signal.ts';

/** How a call ended. */
export type Settlement =
  | { readonly token: string; readonly nowMs: number; readonly ageMs: number; readonly grant: Grant | undefined }
  | { readonly error: unknown; readonly nowMs: number };

/** One call of `getToken` and what is expected of it. */
export interface Caller {
  readonly name: string;
  readonly key: ReferenceKey;
  readonly signal: WatchedSignal | undefined;
  /** Its place in the order of all that happens. */
  readonly moment: number;
  readonly calledMs: number;
  expected: Expectation | { readonly kind: 'reason' | 'closed' | 'anything' };
  /** Its signal was aborted; `perhaps`: something else may have settled it in the same moment. */
  abort: 'no' | 'perhaps' | 'surely';
  settlement: Settlement | undefined;
  /** When its patience ended, the token that it held was over. */
  hasNoFallback: boolean;
}

/** Judges a call that has settled. */
export function judge(caller: Caller): Violation | undefined {
  const { settlement } = caller;
  if (settlement === undefined) return undefined;
  return 'token' in settlement ? judgeToken(caller, settlement) : judgeError(caller, settlement);
}

/** Judges a call that has not settled, though the engine is idle. */
export function judgeWaiting(caller: Caller, latestMs: number, nowMs: number): Violation | undefined {
  const { expected, name, calledMs } = caller;
  if (caller.abort !== 'no') return { invariant: 4, what: `${name} was aborted and still waits` };
  if (calledMs < latestMs) return { invariant: 4, what: `${name} waits for longer than any token request may take` };
  switch (expected.kind) {
    case 'anything':
      return undefined;
    case 'token':
      return { invariant: 3, what: `${name} waits, though it should have had ${expected.grant.value}` };
    case 'cool-down':
      return { invariant: 6, what: `${name} waits, though a cool-down runs` };
    case 'flight': {
      const { flight, held, patientUntilMs = Number.POSITIVE_INFINITY } = expected;
      if (flight.end !== undefined) return { invariant: 4, what: `${name} waits for a flight that has ended` };
      const isOver = held === undefined || isGone(held, caller);
      // A step back of the wall clock may make the token good again, too late for this caller.
      if (isOver && nowMs >= patientUntilMs) {
        caller.hasNoFallback = true;
        flight.isDemanded = true;
      }
      if (isOver || caller.hasNoFallback || nowMs <= patientUntilMs) return undefined;
      return { invariant: 3, what: `${name} waits, though it should have fallen back on ${held.value}` };
    }
    default:
      return { invariant: 4, what: `${name} waits, but ought to be refused (${expected.kind})` };
  }
}

function judgeToken(
  caller: Caller,
  { token, nowMs, ageMs, grant }: Extract<Settlement, { token: string }>,
): Violation | undefined {
  const { expected, name } = caller;
  if (grant === undefined) return { invariant: 2, what: `${name} got ${token}, which never arrived in time` };
  if (grant.key !== caller.key.name) return { invariant: 2, what: `${name} got ${token}, which is for ${grant.key}` };
  if (ageMs >= grant.ages.endMs) {
    return {
      invariant: 2,
      what: `${name} got ${token} at the age of ${ageMs} ms, which ends at ${grant.ages.endMs} ms`,
    };
  }
  // As a fallback, too: in the very moment of the rejection it may have been on its way.
  if (grant.rejectedAtMs < nowMs) return { invariant: 2, what: `${name} got ${token}, rejected while it waited` };
  if (grant.rejectedFrom < caller.moment)
    return { invariant: 2, what: `${name} got ${token}, rejected before the call` };
  if (caller.abort === 'surely') return { invariant: 4, what: `${name} was aborted and got ${token}` };
  switch (expected.kind) {
    case 'anything':
      return undefined;
    case 'token':
      if (grant === expected.grant) return undefined;
      return { invariant: 3, what: `${name} got ${token}, not ${expected.grant.value}, which it should have had` };
    case 'flight': {
      const { flight, held, patientUntilMs = Number.POSITIVE_INFINITY } = expected;
      const isNew = flight.end !== undefined && 'grant' in flight.end && flight.end.grant === grant;
      const isFallback =
        held === grant && (nowMs >= patientUntilMs || (flight.end !== undefined && 'failure' in flight.end));
      if (isNew || isFallback) return undefined;
      return { invariant: 3, what: `${name} got ${token}, which is neither its flight's nor due as a fallback` };
    }
    case 'cool-down':
      return { invariant: 6, what: `${name} got ${token} while a cool-down ran` };
    default:
      return { invariant: 4, what: `${name} got ${token}, but ought to be refused (${expected.kind})` };
  }
}

function judgeError(caller: Caller, { error }: Extract<Settlement, { error: unknown }>): Violation | undefined {
  const { expected, name, signal } = caller;
  if (signal !== undefined && error === signal.reason) {
    return caller.abort !== 'no'
      ? undefined
      : { invariant: 4, what: `${name} got the reason of a signal not yet aborted` };
  }
  const shown = textOf(error);
  if (codeOf(error) === undefined)
    return { invariant: 4, what: `${name} got ${shown}, which is not its signal's reason` };
  if (caller.abort === 'surely' || expected.kind === 'reason') {
    return { invariant: 4, what: `${name} was aborted and got ${shown}` };
  }
  switch (expected.kind) {
    case 'anything':
      return undefined;
    case 'closed':
      if (codeOf(error) === 'ERR_TOKENFLIGHT_PROVIDER_CLOSED') return undefined;
      return { invariant: 4, what: `${name} got ${shown} from a closed provider` };
    case 'token':
      return { invariant: 8, what: `${name} got ${shown}, though it should have had ${expected.grant.value}` };
    case 'cool-down':
    case 'flight':
      return judgeFailure(caller, expected, error);
  }
}

function judgeFailure(
  caller: Caller,
  expected: Extract<Expectation, { kind: 'flight' | 'cool-down' }>,
  error: unknown,
): Violation | undefined {
  const shown = textOf(error);
  const { name } = caller;
  const { flight } = expected;
  if (flight.end === undefined || !('failure' in flight.end)) {
    return { invariant: 4, what: `${name} got ${shown}, but its flight has not failed` };
  }
  if (expected.kind === 'flight' && expected.held !== undefined && !isGone(expected.held, caller)) {
    return { invariant: 8, what: `${name} got ${shown}, though ${expected.held.value} has not come to its end` };
  }
  const { retryable, retryAfterMs } = flight.end.failure;
  const told = error as { readonly retryable: unknown; readonly retryAfterMs: unknown };
  if (told.retryable !== retryable || told.retryAfterMs !== retryAfterMs) {
    return { invariant: 6, what: `${name} got ${shown}, not the failure that ended its flight` };
  }
  flight.error ??= error;
  if (flight.error === error) return undefined;
  return { invariant: 6, what: `${name} got ${shown}, not the very same error as the others` };
}

/** Whether a token that a caller still had can be had no more: it has come to its end, or was rejected. */
export function isGone(held: Grant, { key }: Caller): boolean {
  return key.ageMs(held) >= held.ages.endMs || held.rejectedFrom !== Number.POSITIVE_INFINITY;
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('ERR_TOKENFLIGHT_') ? code : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? `"${error.message}"` : JSON.stringify(error);
}
