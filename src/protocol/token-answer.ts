import { TokenRequestRejectedError } from '../errors/token-request-rejected-error.ts';
import { TokenResponseError } from '../errors/token-response-error.ts';
import { isHeaderSafe } from '../values/header-safe.ts';
import type { DpopProver } from './dpop.ts';
import { safeExcerpt } from './excerpt.ts';
import type { Redactor } from './redaction.ts';
import { type Refusal, readRefusal } from './refusal.ts';
import { retryAfterMs } from './retry-after.ts';
import { reportedLifetimeMs, reportedRefreshInMs } from './token-lifetime.ts';

/** What a token endpoint granted. */
export interface TokenGrant {
  readonly value: string;
  readonly tokenType: string;
  /** From when the request was sent, in milliseconds. Undefined: the server did not say. */
  readonly lifetimeMs: number | undefined;
  /** The server's advice when to ask again, in milliseconds from when the request was sent. */
  readonly refreshInMs: number | undefined;
  readonly scope: string | undefined;
  /** All further members of the answer. */
  readonly response: Readonly<Record<string, unknown>>;
}

/** One whole answer of a token endpoint, with what is needed to judge it. */
export interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly redact: Redactor;
  /** Set where the token was asked to be bound to a key. */
  readonly dpop?: DpopProver | undefined;
  readonly nowMs: () => number;
  readonly wallMs: number;
}

/** Of an access or a refresh token, in characters. */
export const LONGEST_TOKEN: number = 32 * 1_024;
const LONGEST_TEXT = 1_000;
const TRANSIENT_STATUSES = new Set([408, 425, 429]);
const TRANSIENT_ERRORS = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);
const FINAL_ERRORS = new Set([
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
]);

/**
 * Reads what a token endpoint answered: RFC 6749 §5.1 and §5.2, and the other shapes that real servers use.
 *
 * @throws {TokenRequestRejectedError} a readable refusal, also one sent with status 200
 * @throws {TokenResponseError} anything else that is not a usable token
 */
export function readTokenAnswer(answer: TokenAnswer): TokenGrant {
  return grantOf(answer, readGrantedMembers(answer));
}

/**
 * The members of an answer that is no refusal, whether or not there is a usable token among them.
 *
 * @throws {TokenRequestRejectedError | TokenResponseError} see {@link readTokenAnswer}
 */
export function readGrantedMembers(answer: TokenAnswer): Readonly<Record<string, unknown>> {
  const { status } = answer;
  if (status === 0 || (status >= 300 && status < 400)) throw unusable(answer, 'a redirect, which is never followed');
  const members = parseObject(answer.text);
  const refusal = members && readRefusal(members, status);
  if (refusal) throw rejected(answer, refusal);
  if (members === undefined) throw unusable(answer, answer.text.trim() === '' ? 'empty' : 'not a JSON object');
  return members;
}

function grantOf(answer: TokenAnswer, members: Readonly<Record<string, unknown>>): TokenGrant {
  const { access_token: value, token_type: type, scope: named, ...others } = members;
  if (typeof value !== 'string' || value === '') throw unusable(answer, 'no access_token');
  if (value.length > LONGEST_TOKEN) throw unusable(answer, `an access_token of over ${LONGEST_TOKEN} characters`);
  if (!isHeaderSafe(value)) throw unusable(answer, 'an access_token with characters outside visible ASCII');
  const tokenType = normalTokenType(type);
  const isDpop = tokenType === 'DPoP';
  if (tokenType === undefined || (isDpop && answer.dpop === undefined)) {
    throw unusable(answer, answer.dpop ? 'a token_type other than DPoP or Bearer' : 'a token_type other than Bearer');
  }
  if (!isDpop && answer.dpop?.isRequired) throw unusable(answer, 'a token that is not bound to the key (DPoP)');
  const lifetimeMs = reportedLifetimeMs(members, answer.headers);
  if (lifetimeMs === 'malformed') throw unusable(answer, 'an expires_in that is no number of seconds');
  if (lifetimeMs !== undefined && lifetimeMs <= 0) throw unusable(answer, 'a token that has already expired');
  const scope = scopeOf(named);
  return {
    value,
    tokenType,
    lifetimeMs,
    refreshInMs: reportedRefreshInMs(members),
    scope,
    response: Object.freeze(scope === undefined && named !== undefined ? { ...others, scope: named } : others),
  };
}

function scopeOf(named: unknown): string | undefined {
  if (typeof named === 'string') return named;
  return Array.isArray(named) && named.every((name) => typeof name === 'string') ? named.join(' ') : undefined;
}

// `BearerToken` and a missing type are seen from real servers; RFC 6749 §5.1 wants the type compared without case.
function normalTokenType(type: unknown): 'Bearer' | 'DPoP' | undefined {
  if (type === undefined || type === null || type === '') return 'Bearer';
  if (typeof type !== 'string') return undefined;
  if (/^bearer(token)?$/i.test(type.trim())) return 'Bearer';
  return /^dpop$/i.test(type.trim()) ? 'DPoP' : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function rejected(answer: TokenAnswer, refusal: Refusal): TokenRequestRejectedError {
  const { status, redact, nowMs } = answer;
  // Masked before it is cut: a piece of a secret would not be recognised.
  const shown = (text: string | undefined): string | undefined => text && redact(text).slice(0, LONGEST_TEXT);
  return new TokenRequestRejectedError(
    {
      status,
      error: shown(refusal.error),
      errorDescription: shown(refusal.errorDescription),
      errorUri: shown(refusal.errorUri),
    },
    { nowMs, retryable: isTransient(answer, refusal.error), retryAfterMs: waitAsked(answer) },
  );
}

export function unusable(answer: TokenAnswer, problem: string): TokenResponseError {
  const { status, text, redact, nowMs } = answer;
  return new TokenResponseError(
    problem,
    { status, excerpt: safeExcerpt(text, redact) },
    { nowMs, retryable: isTransient(answer, undefined), retryAfterMs: waitAsked(answer) },
  );
}

function waitAsked({ headers, wallMs }: TokenAnswer): number | undefined {
  return retryAfterMs(headers, wallMs);
}

function isTransient({ status, dpop }: TokenAnswer, error: string | undefined): boolean {
  if (TRANSIENT_STATUSES.has(status)) return true; // said by whoever limits the rate, whatever else it says
  if (error !== undefined && FINAL_ERRORS.has(error)) return false;
  // The nonce that it wants came with the answer, or will come with another.
  if (error === 'use_dpop_nonce') return dpop !== undefined;
  return status >= 500 || (error !== undefined && TRANSIENT_ERRORS.has(error));
}
