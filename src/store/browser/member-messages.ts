import type { Entry } from '../entry-table.ts';
import { type Envelope, storeMethods } from '../port-messages.ts';

/** What members say to each other, beside what a store and its users do. */
export type MemberMessage = { readonly epoch: number } & (
  | Envelope
  /** Somebody came, or is about to lead. */
  | { readonly tokenflight: 'hello'; readonly id: string }
  /** The leader's entries: all, or those that changed. */
  | ({ readonly tokenflight: 'state'; readonly isWhole: boolean } & SentEntries)
  /** What a member knows and the leader does not. */
  | ({ readonly tokenflight: 'seed' } & SentEntries)
);

export interface SentEntries {
  /** By the clock of the machine. */
  readonly sentMs: number;
  /** Their instants count from then. */
  readonly entries: readonly (readonly [key: string, entry: Entry])[];
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => Number.isFinite(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const object =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(members).every(([name, check]) => check((value as Record<string, unknown>)[name]));
const list =
  (...checks: readonly Check[]): Check =>
  (value) =>
    Array.isArray(value) && checks.every((check, position) => check(value[position]));

const isToken = object({
  id: isText,
  value: isText,
  tokenType: isText,
  scope: optional(isText),
  response: object({}),
  lifetimeMs: isNumber,
  refreshInMs: optional(isNumber),
  marginMs: isNumber,
  isForced: isFlag,
});
const isFailure = object({
  code: isText,
  message: isText,
  retryable: isFlag,
  refusal: optional(
    object({
      status: isNumber,
      error: optional(isText),
      errorDescription: optional(isText),
      errorUri: optional(isText),
    }),
  ),
  pauseMs: isNumber,
});
const isEntry = object({
  token: optional(object({ stored: isToken, endsMs: isNumber })),
  failure: optional(object({ stored: isFailure, endsMs: isNumber })),
  lease: optional(object({ owner: isText, sinceMs: isNumber, endsMs: isNumber })),
  generation: isNumber,
  wasRejected: optional(isFlag),
  epoch: isNumber,
  forgetMs: isNumber,
});
const isAsk = object({
  owner: isText,
  leaseMs: isNumber,
  unwantedId: optional(isText),
  minRemainingMs: optional(isNumber),
  renewedWithinMs: optional(isNumber),
  always: optional(isFlag),
});
const isAnswer = object({
  token: optional(object({ token: isToken, remainingMs: isNumber })),
  generation: isNumber,
  failure: optional(isFailure),
  lease: optional(either((value) => value === 'held', object({ remainingMs: isNumber }))),
});
const isSentEntries: Readonly<Record<string, Check>> = {
  sentMs: isNumber,
  entries: (value) => Array.isArray(value) && value.every(list(isText, isEntry)),
};

const argumentsOf: Readonly<Record<(typeof storeMethods)[number], Check>> = {
  look: list(isText, isAsk),
  extend: list(isText, isText, isNumber),
  put: list(isText, isText, isToken, isNumber),
  release: list(isText, isText, optional(isFailure)),
  invalidate: list(isText, isText, isNumber),
};
const kinds: Readonly<Record<MemberMessage['tokenflight'], Check>> = {
  hello: object({ id: isText }),
  state: object({ isWhole: isFlag, ...isSentEntries }),
  seed: object(isSentEntries),
  ask: either(
    ...storeMethods.map((name) => object({ id: isText, method: (value) => value === name, args: argumentsOf[name] })),
  ),
  answer: object({ id: isText, error: optional(isText), result: optional(either(isFlag, isAnswer)) }),
  news: object({ news: object({ type: isText, key: isText, tokenId: optional(isText) }) }),
};

/** Any script of the origin can post into the channel: what is not a message of ours, whole and in order, is nothing. */
export function isMemberMessage(data: unknown): data is MemberMessage {
  if (!object({ tokenflight: isText, epoch: isNumber })(data)) return false;
  const { tokenflight } = data as MemberMessage;
  return Object.hasOwn(kinds, tokenflight) && kinds[tokenflight](data);
}
