import { type Expectation, type Grant, newFlight, type ReferenceFlight } from './expectation.ts';
import type { FakeClock } from './fake-clock.ts';
import {
  type Failure,
  LONGEST_PATIENCE_MS,
  type PromisedPolicy,
  promisedPatienceMs,
  promisedPauseMs,
  promisedRetryDelayMs,
  promisedSpacingMs,
} from './promised-numbers.ts';
import { mostRequests, Occasions } from './request-bound.ts';

/** What one key should do: written from design.md, "The life of a token", and knowing nothing of the engine. */
export class ReferenceKey {
  readonly name: string;
  readonly #clock: FakeClock;
  readonly #policy: PromisedPolicy;
  readonly #openedMs: number;
  current: Grant | undefined;
  flight: ReferenceFlight | undefined;
  /** A call fell so near the refresh point that rounding decides whether a flight began. */
  perhaps: ReferenceFlight | undefined;
  coolDown: { readonly flight: ReferenceFlight; readonly untilMs: number } | undefined;
  failures = 0;
  behindFromMs: number = Number.NEGATIVE_INFINITY;
  forcedFromMs: number = Number.NEGATIVE_INFINITY;
  /** The current token is kept until then, whoever rejects it. */
  keptUntilMs: number = Number.NEGATIVE_INFINITY;
  isRejected = false;
  requests = 0;
  readonly occasions: Occasions = new Occasions();

  constructor(name: string, clock: FakeClock, policy: PromisedPolicy) {
    this.name = name;
    this.#clock = clock;
    this.#policy = policy;
    this.#openedMs = clock.monotonicMs();
  }

  /** By whichever clock says more. */
  ageMs({ asked }: Grant): number {
    return Math.max(this.#clock.monotonicMs() - asked.monotonicMs, this.#clock.wallMs() - asked.wallMs);
  }

  /** The current token, if no caller needs to wait for a better one. */
  get usable(): Grant | undefined {
    return this.current && this.ageMs(this.current) < this.current.ages.marginMs ? this.current : undefined;
  }

  /** The current token, if it has not come to its end. */
  get valid(): Grant | undefined {
    return this.current && this.ageMs(this.current) < this.current.ages.endMs ? this.current : undefined;
  }

  get isForceLimited(): boolean {
    return this.#nowMs() < this.forcedFromMs;
  }

  /** Somebody calls. Begins a flight where that is due. */
  ask(isForced: boolean): Expectation {
    // A forced call that comes too soon after another one is a call like any other.
    const forces = isForced && !(this.current !== undefined && this.flight === undefined && this.isForceLimited);
    if (!forces && this.usable !== undefined) {
      this.refreshBehind();
      return { kind: 'token', grant: this.usable };
    }
    const held = forces ? undefined : this.valid;
    const isLate = this.flight !== undefined && this.#nowMs() - this.flight.startedMs >= LONGEST_PATIENCE_MS;
    if (held !== undefined && (this.failures > 0 || isLate)) {
      if (this.flight === undefined && this.#nowMs() >= this.behindFromMs) this.#begin(false);
      return { kind: 'token', grant: held };
    }
    if (this.flight === undefined && this.coolDown !== undefined && this.#nowMs() < this.coolDown.untilMs) {
      return { kind: 'cool-down', flight: this.coolDown.flight };
    }
    const flight = this.flight ?? this.#begin(forces || this.isRejected);
    if (forces) this.#force(flight);
    if (held === undefined) {
      flight.isDemanded = true;
      return { kind: 'flight', flight };
    }
    const patienceMs = promisedPatienceMs(this.#nowMs() - flight.startedMs, held.ages.endMs - this.ageMs(held));
    return { kind: 'flight', flight, held, patientUntilMs: this.#nowMs() + Math.max(1, Math.ceil(patienceMs)) };
  }

  /** Somebody saw the current token, which is usable. */
  refreshBehind(): void {
    const { current } = this;
    if (current === undefined || this.flight !== undefined || this.#nowMs() < this.behindFromMs) return;
    const sinceStaleMs = this.ageMs(current) - current.ages.staleMs;
    if (Math.abs(sinceStaleMs) < 1e-6) this.perhaps ??= newFlight(this.#nowMs(), this.readMs, false);
    else if (sinceStaleMs > 0) this.#begin(false);
  }

  land(grant: Grant): void {
    const { flight } = this;
    if (flight !== undefined) flight.end = { grant };
    this.#noteIfGone();
    if (flight?.isForced === true || this.isRejected) {
      this.keptUntilMs = grant.asked.monotonicMs + this.#policy.forcedRefreshIntervalMs;
    }
    this.occasions.shortestLifeMs = Math.min(this.occasions.shortestLifeMs, grant.ages.endMs);
    this.current = grant;
    this.flight = undefined;
    this.coolDown = undefined;
    this.failures = 0;
    this.isRejected = false;
    this.behindFromMs = this.#nowMs() + promisedSpacingMs(grant.ages.endMs);
  }

  /** A token arrived that may or may not have become the current one, and may be gone at any time. */
  noteUnseen(grant: Grant): void {
    this.occasions.tokensGone++;
    this.occasions.shortestLifeMs = Math.min(this.occasions.shortestLifeMs, grant.ages.endMs);
  }

  /** An attempt failed: it is repeated, or the flight ends. */
  fail(failure: Failure): void {
    const { flight } = this;
    if (flight === undefined) return;
    const nowMs = this.#nowMs();
    const delayMs = promisedRetryDelayMs(flight.attempts, failure, this.#policy);
    const hasTime = nowMs - flight.startedMs + delayMs < this.#policy.timeoutMs;
    if (failure.retryable && flight.isDemanded && flight.attempts <= this.#policy.retries && hasTime) {
      flight.attemptStartedMs = nowMs + Math.max(1, Math.ceil(delayMs));
      flight.dueMs = flight.attemptStartedMs + this.readMs;
      flight.reread = 'no';
      return;
    }
    flight.end = { failure };
    this.flight = undefined;
    this.failures++;
    const leftMs = this.current === undefined ? 0 : this.current.ages.endMs - this.ageMs(this.current);
    const untilMs = nowMs + promisedPauseMs(this.failures, failure, leftMs, this.#policy);
    this.behindFromMs = untilMs;
    // While a token is valid, only what the server itself asked for binds those who come after its end.
    if (leftMs <= 0 || failure.retryAfterMs !== undefined) this.coolDown = { flight, untilMs };
  }

  /** The secret was refused: whether it is read again, so that the attempt goes on. */
  rereads(): boolean {
    const { flight } = this;
    if (!this.#policy.isSecretRotated || flight?.reread !== 'no') return false;
    flight.reread = 'due';
    flight.dueMs = this.#nowMs() + this.readMs;
    return true;
  }

  /** Whether a report that this token was rejected drops it. */
  wouldDrop(grant: Grant): boolean {
    return this.current === grant && this.#nowMs() >= this.keptUntilMs;
  }

  drop(): void {
    this.#noteGone();
    this.occasions.rejections++;
    this.current = undefined;
    this.isRejected = true;
  }

  /** Others were used more recently. A flight on its way goes on, a failure is remembered. */
  evict(): void {
    this.#noteGone();
    this.occasions.evictions++;
    this.current = undefined;
    if (this.flight === undefined && this.coolDown === undefined) this.forget();
  }

  /** Nothing is known of it any more, as if it had never been asked for. */
  forget(): void {
    this.coolDown = undefined;
    this.failures = 0;
    this.behindFromMs = Number.NEGATIVE_INFINITY;
    this.forcedFromMs = Number.NEGATIVE_INFINITY;
    this.keptUntilMs = Number.NEGATIVE_INFINITY;
    this.isRejected = false;
  }

  /** How many requests there may have been by now. */
  get mostRequests(): number {
    this.#noteIfGone();
    return mostRequests(this.occasions, this.#nowMs() - this.#openedMs, this.#policy);
  }

  /** How long a secret takes to be read. */
  get readMs(): number {
    return this.#policy.isSecretRotated ? this.#policy.secretMs : 0;
  }

  #begin(isForced: boolean): ReferenceFlight {
    this.#noteIfGone();
    this.flight = newFlight(this.#nowMs(), this.readMs, isForced);
    if (isForced) this.#force(this.flight);
    return this.flight;
  }

  /** It counts as one by force from here on, whatever it was begun for. */
  #force(flight: ReferenceFlight): void {
    flight.isForced = true;
    this.forcedFromMs = flight.startedMs + this.#policy.forcedRefreshIntervalMs;
  }

  #noteIfGone(): void {
    if (this.usable === undefined) this.#noteGone();
  }

  #noteGone(): void {
    if (this.current === undefined || this.current.isGone) return;
    this.current.isGone = true;
    this.occasions.tokensGone++;
  }

  #nowMs(): number {
    return this.#clock.monotonicMs();
  }
}
