import type { TokenAcquisitionError } from '../errors/token-acquisition-error.ts';
import type { GrantSubject } from '../protocol/grant.ts';
import type { AccessToken } from '../values/access-token.ts';
import type { Instant } from '../values/clock.ts';
import type { TokenWindows } from '../values/freshness.ts';
import {
  type CanonicalTokenRequest,
  summarizeTokenRequest,
  type TokenRequestSummary,
} from '../values/token-request.ts';
import type { Flight } from './flight.ts';

/** A token in memory, with what is needed to judge it: the instant when it was asked for, and its windows from then on. */
export interface CachedToken extends Instant, TokenWindows {
  readonly token: AccessToken;
  /** See {@link readyToken}. */
  ready: Promise<AccessToken> | undefined;
}

/** A promise of the token, already resolved. Made once for all hits, and not at all for those of `peek()`. */
export function readyToken(cached: CachedToken): Promise<AccessToken> {
  cached.ready ??= Promise.resolve(cached.token);
  return cached.ready;
}

/** A failure that answers further callers for a while. */
export interface CoolDown {
  readonly error: TokenAcquisitionError;
  /** By the monotonic clock. */
  readonly untilMs: number;
}

/** The table of a slot. */
export interface SlotMaker {
  /** The request whose key is this scope. */
  requestOf(scope: string): CanonicalTokenRequest;
}

const NONE_YET: readonly string[] = [];

/**
 * All that is known about one distinct token request. The cache of slots tells its own diagnostics channel what it
 * holds, so what may carry the value of a free parameter is private here: it does not print.
 */
export class Slot {
  readonly #table: SlotMaker;
  readonly #key: string;
  readonly #request: CanonicalTokenRequest | undefined;
  #subject: GrantSubject | undefined;
  /** Its scope as callers wrote it in other ways than the key does. */
  spellings: readonly string[] = NONE_YET;
  cached: CachedToken | undefined;
  flight: Flight<AccessToken> | undefined;
  /** When the flight on its way began, by the monotonic clock. */
  flightStartMs: number | undefined;
  coolDown: CoolDown | undefined;
  /** The id of the last token, if it was dropped because a server rejected it or because it was revoked. */
  rejectedId: string | undefined;
  /** The key under which processes share the token, once it is known. */
  sharedKey: string | undefined;
  /** The server did not know the client when this process itself last asked. */
  wasRefused = false;
  /** Failed flights since the last success. */
  failures = 0;
  /** No refresh behind begins earlier, by the monotonic clock. */
  behindNotBeforeMs: number = Number.NEGATIVE_INFINITY;
  /** The flight on its way is one by force. */
  isFlightForced = false;
  /** When a flight by force last began, by the monotonic clock: one that replaces a rejected token, or was demanded. */
  forcedStartMs: number | undefined;
  /**
   * When the last token that came by force was asked for, here or by another process. Of the slot, not of that token: the
   * next one may come by itself, and is no less limited.
   */
  forcedAtMs: number | undefined;

  /** @param request left out: the key is its scope, and says all of it */
  constructor(table: SlotMaker, key: string, request?: CanonicalTokenRequest, subject?: GrantSubject) {
    this.#table = table;
    this.#key = key;
    this.#request = request;
    this.#subject = subject;
  }

  /** Whether what the flight on its way brings counts as got by force, whatever it was begun for. */
  get isForced(): boolean {
    return this.rejectedId !== undefined || this.isFlightForced;
  }

  /** Counts the flight on its way as one by force from here on. */
  force(): void {
    this.isFlightForced = true;
    this.forcedStartMs = this.flightStartMs;
  }

  /** Whose it is, which tells the tokens of one provider from those of another. */
  get table(): SlotMaker {
    return this.#table;
  }

  get key(): string {
    return this.#key;
  }

  /** For whom the token is, where the grant says so. */
  get subject(): GrantSubject | undefined {
    return this.#subject;
  }

  /** The same one with newer parameters, such as the user's newest token. */
  set subject(subject: GrantSubject | undefined) {
    this.#subject = subject;
  }

  get request(): CanonicalTokenRequest {
    return this.#request ?? this.#table.requestOf(this.#key);
  }

  /** What may be shown of the request: made when it is, since most slots are never told of. */
  get summary(): TokenRequestSummary {
    return summarizeTokenRequest(this.request);
  }
}
