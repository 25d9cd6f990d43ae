import type { Coverage } from './coverage.ts';
import { type Grant, newGrant, type ReferenceFlight } from './expectation.ts';
import type { FakeClock } from './fake-clock.ts';
import type { Failure, PromisedPolicy } from './promised-numbers.ts';
import type { ReferenceKey } from './reference-key.ts';
import type { ReferenceKeys } from './reference-keys.ts';
import type { Outcome, ServedRequest, WireObserver } from './token-server.ts';
import type { Report } from './violation.ts';

/** What may pass between the engine and the token server, and when. */
export class WireModel implements WireObserver {
  readonly grants: Map<string, Grant> = new Map();
  /** What has arrived since the engine was last idle: it may or may not have got round to it. */
  readonly arrived: Map<ReferenceKey, Grant | Failure> = new Map();
  isClosed = false;
  readonly #clock: FakeClock;
  readonly #policy: PromisedPolicy;
  readonly #keys: ReferenceKeys;
  readonly #coverage: Coverage;
  readonly #report: Report;
  readonly #inFlight = new Map<ReferenceKey, ServedRequest>();

  constructor(clock: FakeClock, policy: PromisedPolicy, keys: ReferenceKeys, coverage: Coverage, report: Report) {
    this.#clock = clock;
    this.#policy = policy;
    this.#keys = keys;
    this.#coverage = coverage;
    this.#report = report;
  }

  sent(request: ServedRequest): void {
    const key = this.#keys.named(request.key);
    if (this.isClosed) this.#report(7, `a request for ${key.name} left after close()`);
    if (request.isDead) this.#report(5, `a request for ${key.name} left after its attempt was given up`);
    if (this.#inFlight.has(key)) this.#report(1, `a second request for ${key.name} left`);
    this.#inFlight.set(key, request);
    key.requests++;
    if (this.isClosed || this.#keys.isFoggy(key)) return;
    key.flight ??= key.perhaps;
    key.perhaps = undefined;
    const { flight } = key;
    const nowMs = this.#clock.monotonicMs();
    if (flight === undefined || this.arrived.has(key)) {
      const isCooling = key.coolDown !== undefined && nowMs < key.coolDown.untilMs;
      this.#report(isCooling ? 6 : 5, `a request for ${key.name} left that nobody needed`);
      return;
    }
    if (nowMs !== flight.dueMs) {
      this.#report(6, `a request for ${key.name} left at ${nowMs} ms, not at ${flight.dueMs} ms`);
    }
    flight.dueMs = undefined;
    if (flight.reread === 'due') {
      this.#coverage.count('secret read again');
      flight.reread = 'done';
      return;
    }
    const kind = flight.isDemanded ? 'flight that somebody needs' : 'flight behind';
    this.#coverage.count(flight.attempts > 0 ? 'attempt repeated' : kind);
    flight.attempts++;
  }

  answered(request: ServedRequest, outcome: Outcome): void {
    const key = this.#keys.named(request.key);
    if (request.behaviour.kind === 'invalid_client' && key.rereads()) {
      this.#inFlight.delete(key);
      this.#fogIfCutOff(key);
      return;
    }
    const result = outcome.kind === 'failure' ? outcome : newGrant(request, outcome, this.#policy);
    if (!('value' in result)) this.#arrive(key, result);
    else if (key.ageMs(result) < result.ages.endMs) {
      this.grants.set(result.value, result);
      this.#arrive(key, result);
    } else {
      this.#coverage.count('token over when it arrives');
      this.#arrive(key, { retryable: true, retryAfterMs: undefined });
    }
  }

  givenUp(request: ServedRequest): void {
    const key = this.#keys.named(request.key);
    const nowMs = this.#clock.monotonicMs();
    const isDue = key.flight !== undefined && nowMs === this.#endOf(key.flight);
    if (!this.isClosed && !isDue && !this.#keys.isFoggy(key)) {
      this.#report(4, `a request for ${key.name} was given up early`);
    }
    this.#coverage.count(this.isClosed ? 'attempt ended by close()' : 'attempt given up');
    this.#arrive(key, { retryable: true, retryAfterMs: undefined });
  }

  givenUpLate(request: ServedRequest): void {
    const key = this.#keys.named(request.key);
    if (this.arrived.has(key) || key.flight?.reread === 'due') this.#keys.fog(key);
  }

  /** The engine has got round to all that arrived. */
  applyArrived(): void {
    for (const [key, result] of this.arrived) {
      if (this.#keys.isFoggy(key) && 'value' in result) key.noteUnseen(result);
      if (this.isClosed || this.#keys.isFoggy(key)) continue;
      if ('value' in result) key.land(result);
      else key.fail(result);
      this.#fogIfCutOff(key);
      if (key.flight === undefined) this.#keys.use(key);
    }
    this.arrived.clear();
  }

  /** Looks at each key's flight once the engine is idle. */
  checkFlights(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const key of this.#keys) {
      const { flight } = key;
      if (key.perhaps !== undefined && key.readMs > 0) this.#keys.fog(key);
      key.perhaps = undefined;
      const request = this.#inFlight.get(key);
      if (this.isClosed && request) this.#report(7, `a request for ${key.name} is on its way after close()`);
      const most = key.mostRequests;
      if (key.requests > most)
        this.#report(5, `${key.requests} requests for ${key.name}, at most ${most} are explained`);
      if (this.isClosed || flight === undefined || this.#keys.isFoggy(key)) continue;
      const { dueMs, reread, attempts } = flight;
      const isAtOnce = (attempts === 0 || reread === 'due') && key.readMs === 0;
      if (dueMs !== undefined && (isAtOnce ? nowMs >= dueMs : nowMs > dueMs)) {
        this.#report(5, `a request for ${key.name} was due, but none left`);
      }
      if (request !== undefined && nowMs > this.#endOf(flight))
        this.#report(4, `a request for ${key.name} was not given up`);
    }
  }

  /** When the attempt of a flight has to be over. */
  #endOf({ attemptStartedMs, startedMs }: ReferenceFlight): number {
    return Math.min(attemptStartedMs + this.#policy.attemptTimeoutMs, startedMs + this.#policy.timeoutMs);
  }

  /** Nobody outside sees a flight end while no request of it is on its way. */
  #fogIfCutOff(key: ReferenceKey): void {
    const { flight } = key;
    if (flight?.dueMs !== undefined && flight.dueMs >= this.#endOf(flight)) this.#keys.fog(key);
  }

  #arrive(key: ReferenceKey, result: Grant | Failure): void {
    this.#inFlight.delete(key);
    if (!('value' in result)) key.occasions.failedAttempts++;
    if (this.arrived.has(key)) this.#keys.fog(key);
    this.arrived.set(key, result);
  }
}
