import type { StoreAsk } from './token-store.ts';

/** What a place has to know of a token to decide about it; the rest of it may be sealed. */
export interface TokenTraits {
  readonly id: string;
  readonly lifetimeMs: number;
  readonly marginMs: number;
  readonly isForced: boolean;
}

/** What is kept until an instant, by the clock of the place. */
interface Kept<T> {
  readonly stored: T;
  readonly endsMs: number;
}

/** All that a place keeps under a key. */
export interface KeyState<Token extends TokenTraits, Failure> {
  readonly token?: Kept<Token> | undefined;
  readonly failure?: Kept<Failure> | undefined;
  readonly lease?: { readonly owner: string; readonly sinceMs: number; readonly endsMs: number } | undefined;
  readonly generation: number;
  readonly wasRejected?: boolean | undefined;
  /** When nothing of it need be remembered any more. */
  readonly forgetMs: number;
}

/** A {@link StoreAnswer}, before anything in it is opened. */
export interface KeyAnswer<Token, Failure> {
  readonly generation: number;
  readonly wasRejected: boolean | undefined;
  readonly token?: { readonly token: Token; readonly remainingMs: number };
  readonly failure?: { readonly failure: Failure; readonly pauseMs: number };
  readonly lease?: 'held' | { readonly remainingMs: number };
}

// A generation is remembered beyond the token's life: no late leader may be taken for the next one.
const GENERATION_MEMORY_MS = 24 * 60 * 60 * 1_000;

export const EMPTY_STATE: KeyState<never, never> = { generation: 0, forgetMs: 0 };

/** What is still valid of it. */
export function stateAt<T extends TokenTraits, F>(state: KeyState<T, F>, nowMs: number): KeyState<T, F> {
  const isOver = (part: { readonly endsMs: number } | undefined): boolean => part !== undefined && part.endsMs <= nowMs;
  return {
    ...state,
    ...(isOver(state.token) && { token: undefined }),
    ...(isOver(state.failure) && { failure: undefined }),
    ...(isOver(state.lease) && { lease: undefined }),
  };
}

/**
 * A look, decided by the state at this instant.
 *
 * @param isShut whether who asks cannot open it: it is there for others, and for them it is none
 * @returns the answer, and the state that follows where the lease was taken
 */
export function look<T extends TokenTraits, F>(
  state: KeyState<T, F>,
  ask: StoreAsk,
  nowMs: number,
  isShut: (part: T | F) => boolean = () => false,
): readonly [KeyAnswer<T, F>, KeyState<T, F> | undefined] {
  const { owner, leaseMs, always = false } = ask;
  const { generation, wasRejected, lease } = state;
  const token = state.token && !isShut(state.token.stored) ? state.token : undefined;
  const failure = state.failure && !isShut(state.failure.stored) ? state.failure : undefined;
  const known = { generation, wasRejected };
  const remainingMs = token ? token.endsMs - nowMs : 0;
  const found = token && { token: token.stored, remainingMs };
  if (!always) {
    if (found && willDo(found.token, remainingMs, ask)) return [{ ...known, token: found }, undefined];
    if (failure) {
      return [{ ...known, failure: { failure: failure.stored, pauseMs: failure.endsMs - nowMs } }, undefined];
    }
  }
  const answer = always && found ? { ...known, token: found } : known;
  if (lease && lease.owner !== owner) return [{ ...answer, lease: { remainingMs: lease.endsMs - nowMs } }, undefined];
  const taken = { owner, sinceMs: lease?.sinceMs ?? nowMs, endsMs: nowMs + leaseMs };
  return [{ ...answer, lease: 'held' }, remembered({ ...state, lease: taken })];
}

function willDo(
  { id, lifetimeMs, marginMs }: TokenTraits,
  remainingMs: number,
  { unwantedId, minRemainingMs = 0, renewedWithinMs = 0 }: StoreAsk,
): boolean {
  if (remainingMs <= marginMs) return false;
  return id === unwantedId ? lifetimeMs - remainingMs < renewedWithinMs : remainingMs > minRemainingMs;
}

/** Undefined, here and below: nothing follows, for the lease is not the owner's. */
export function extend<T extends TokenTraits, F>(
  state: KeyState<T, F>,
  owner: string,
  leaseMs: number,
  nowMs: number,
): KeyState<T, F> | undefined {
  if (state.lease?.owner !== owner) return undefined;
  return remembered({ ...state, lease: { ...state.lease, endsMs: nowMs + leaseMs } });
}

export function put<T extends TokenTraits, F>(
  state: KeyState<T, F>,
  owner: string,
  stored: T,
  remainingMs: number,
  nowMs: number,
): KeyState<T, F> | undefined {
  if (state.lease?.owner !== owner) return undefined;
  // The request was sent after the lease was taken: whatever the way here took, the token cannot live longer than this.
  const endsMs = Math.min(nowMs + remainingMs, state.lease.sinceMs + stored.lifetimeMs);
  const forgetMs = Math.max(state.forgetMs, Math.max(endsMs, nowMs) + GENERATION_MEMORY_MS);
  return { token: { stored, endsMs }, generation: state.generation + 1, forgetMs };
}

/** Who lost the answer to a put sends the same again: what is done already was not late. */
export function wasPut<T extends TokenTraits, F>({ token }: KeyState<T, F>, tokenId: string): boolean {
  return token?.stored.id === tokenId;
}

export function release<T extends TokenTraits, F extends { readonly pauseMs: number }>(
  state: KeyState<T, F>,
  owner: string,
  stored: F | undefined,
  nowMs: number,
): KeyState<T, F> | undefined {
  if (state.lease?.owner !== owner) return undefined;
  const failure = stored && { stored, endsMs: nowMs + stored.pauseMs };
  return remembered({ ...state, lease: undefined, failure: failure ?? state.failure });
}

/** Undefined: the token is kept, or is not the current one. */
export function invalidate<T extends TokenTraits, F>(
  state: KeyState<T, F>,
  tokenId: string,
  forcedRefreshIntervalMs: number,
  nowMs: number,
): KeyState<T, F> | undefined {
  const { token } = state;
  if (token?.stored.id !== tokenId) return undefined;
  const ageMs = token.stored.lifetimeMs - (token.endsMs - nowMs);
  if (token.stored.isForced && ageMs < forcedRefreshIntervalMs) return undefined;
  return { ...state, token: undefined, wasRejected: true };
}

function remembered<T extends TokenTraits, F>(state: KeyState<T, F>): KeyState<T, F> {
  const ends = [state.token, state.failure, state.lease].map((part) => part?.endsMs ?? 0);
  return { ...state, forgetMs: Math.max(state.forgetMs, ...ends) };
}
