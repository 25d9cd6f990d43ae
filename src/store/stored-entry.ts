import { isHeaderSafe } from '../values/header-safe.ts';
import type { TokenTraits } from './key-state.ts';
import type { Sealing } from './sealing.ts';
import type { StoredFailure, StoredToken } from './token-store.ts';

/** What of a token lies in the clear beside its sealed part, since a store decides by it. As texts, for they are authenticated. */
export interface TokenFacts {
  readonly id: string;
  readonly lifetime: string;
  readonly margin: string;
  readonly forced: string;
}

export function factsOf({ id, lifetimeMs, marginMs, isForced }: TokenTraits): TokenFacts {
  return { id, lifetime: String(lifetimeMs), margin: String(marginMs), forced: isForced ? '1' : '0' };
}

export async function sealToken(sealing: Sealing, key: string, token: StoredToken): Promise<string> {
  return sealing.seal(writeToken(token), tokenContext(key, factsOf(token)));
}

/** Undefined: it does not open, or is no token. */
export async function openToken(
  sealing: Sealing,
  key: string,
  sealed: string,
  facts: TokenFacts,
): Promise<StoredToken | undefined> {
  const text = await sealing.open(sealed, tokenContext(key, facts));
  return text === undefined ? undefined : readToken(text, facts);
}

export async function sealFailure(sealing: Sealing, key: string, failure: StoredFailure): Promise<string> {
  return sealing.seal(writeFailure(failure), failureContext(key));
}

/** Undefined: it does not open, or is no failure. */
export async function openFailure(sealing: Sealing, key: string, sealed: string): Promise<StoredFailure | undefined> {
  const text = await sealing.open(sealed, failureContext(key));
  return text === undefined ? undefined : readFailure(text);
}

function tokenContext(key: string, { id, lifetime, margin, forced }: TokenFacts): readonly string[] {
  return [key, 'token', id, lifetime, margin, forced];
}

function failureContext(key: string): readonly string[] {
  return [key, 'failure'];
}

/** The part of a token that has to be sealed. */
export function writeToken({ value, tokenType, scope, response, refreshInMs }: StoredToken): string {
  return JSON.stringify({ value, tokenType, scope, response, refreshInMs });
}

/** Undefined: it is no token, whatever it is. */
export function readToken(text: string, facts: TokenFacts): StoredToken | undefined {
  const entry = readObject(text);
  const lifetimeMs = Number(facts.lifetime);
  const marginMs = Number(facts.margin);
  if (entry === undefined || facts.id === '' || !isPositive(lifetimeMs) || !(marginMs >= 0)) return undefined;
  const { value, tokenType, scope, response, refreshInMs } = entry;
  if (typeof value !== 'string' || value === '' || typeof tokenType !== 'string') return undefined;
  if (tokenType !== 'refresh_token' && !isHeaderSafe(value)) return undefined; // that one goes into a form
  if (scope !== undefined && typeof scope !== 'string') return undefined;
  if (refreshInMs !== undefined && typeof refreshInMs !== 'number') return undefined;
  if (!isRecord(response)) return undefined;
  const isForced = facts.forced === '1';
  return { id: facts.id, value, tokenType, scope, response, lifetimeMs, refreshInMs, marginMs, isForced };
}

export function writeFailure(failure: StoredFailure): string {
  return JSON.stringify(failure);
}

/** Undefined: it is no failure, whatever it is. */
export function readFailure(text: string): StoredFailure | undefined {
  const entry = readObject(text);
  if (entry === undefined) return undefined;
  const { code, message, retryable, refusal, pauseMs } = entry;
  if (typeof code !== 'string' || typeof message !== 'string' || typeof retryable !== 'boolean') return undefined;
  if (!isPositive(pauseMs)) return undefined;
  if (refusal === undefined) return { code, message, retryable, pauseMs };
  if (!isRecord(refusal) || typeof refusal['status'] !== 'number') return undefined;
  const { status, error, errorDescription, errorUri } = refusal;
  if (!isText(error) || !isText(errorDescription) || !isText(errorUri)) return undefined;
  return { code, message, retryable, refusal: { status, error, errorDescription, errorUri }, pauseMs };
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

function isText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
