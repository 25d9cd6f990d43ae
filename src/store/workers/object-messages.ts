import type { KeyAnswer, TokenTraits } from '../key-state.ts';
import type { StoreAsk } from '../token-store.ts';

/** A token as it lies in the object: what the object decides by, and the rest sealed. */
export interface SealedToken extends TokenTraits {
  readonly sealed: string;
}

export interface SealedFailure {
  readonly sealed: string;
  readonly pauseMs: number;
}

/** What an object is asked, by the name of the operation. It travels as JSON. */
export interface Questions {
  readonly look: {
    readonly ask: StoreAsk;
    /** What does not open to who asks; {@link ANY}: nothing does. */
    readonly shut: readonly string[];
  };
  readonly extend: { readonly owner: string; readonly leaseMs: number };
  readonly put: { readonly owner: string; readonly token: SealedToken; readonly remainingMs: number };
  readonly release: { readonly owner: string; readonly failure?: SealedFailure | undefined };
  readonly invalidate: { readonly tokenId: string; readonly forcedRefreshIntervalMs: number };
}

export type Operation = keyof Questions;
export type ObjectAnswer = KeyAnswer<SealedToken, SealedFailure>;
export interface Answers {
  readonly look: ObjectAnswer;
  readonly extend: boolean;
  readonly put: PutAnswer;
  readonly release: boolean;
  readonly invalidate: boolean;
}

/** A token in the object, and how many there were up to this one. */
export interface KeptToken {
  readonly token: SealedToken;
  readonly remainingMs: number;
  readonly generation: number;
}

/** What the object made of it; null: nothing, the lease is another's. */
export type PutAnswer = Omit<KeptToken, 'token'> | null;

export const ANY = '*';
export const NEWS = 'news';

/** Never looked up: an object is reached by its stub. */
const ORIGIN = 'https://tokenflight.invalid';

/** Where an operation, or the news, is asked for. */
export function addressOf(what: Operation | typeof NEWS): string {
  return `${ORIGIN}/${what}`;
}
