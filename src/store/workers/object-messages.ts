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
export type Answers = { readonly [O in Operation]: O extends 'look' ? ObjectAnswer : boolean };

export const ANY = '*';
export const NEWS = 'news';

/** Never looked up: an object is reached by its stub. */
const ORIGIN = 'https://tokenflight.invalid';

/** Where an operation, or the news, is asked for. */
export function addressOf(what: Operation | typeof NEWS): string {
  return `${ORIGIN}/${what}`;
}
