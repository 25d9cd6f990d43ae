import { type Caller, isGone, judge, judgeWaiting } from './caller.ts';
import type { Coverage } from './coverage.ts';
import type { Grant } from './expectation.ts';
import type { FakeClock } from './fake-clock.ts';
import type { PromisedPolicy } from './promised-numbers.ts';
import type { ReferenceKey } from './reference-key.ts';
import { ReferenceKeys } from './reference-keys.ts';
import type { WireObserver } from './token-server.ts';
import type { Report, Violation } from './violation.ts';
import type { WatchedSignal } from './watched-signal.ts';
import { WireModel } from './wire-model.ts';

/** What the world did with one provider, and what each of its callers may therefore expect. */
export class Model {
  readonly violations: Violation[] = [];
  readonly report: Report = (invariant, what) => {
    this.violations.push({ invariant, what });
  };
  readonly #clock: FakeClock;
  readonly #policy: PromisedPolicy;
  readonly #coverage: Coverage;
  readonly #keys: ReferenceKeys;
  readonly #wire: WireModel;
  readonly #open = new Set<Caller>();
  #isStirred = false;
  #moments = 0;

  constructor(clock: FakeClock, policy: PromisedPolicy, defaultKey: string, coverage: Coverage) {
    this.#clock = clock;
    this.#policy = policy;
    this.#coverage = coverage;
    this.#keys = new ReferenceKeys(clock, policy, defaultKey, coverage);
    this.#wire = new WireModel(clock, policy, this.#keys, coverage, this.report);
  }

  get wire(): WireObserver {
    return this.#wire;
  }

  /** Whether something happened that the engine may not have got round to. */
  get isStirred(): boolean {
    return this.#isStirred || this.#wire.arrived.size > 0;
  }

  key(name: string): ReferenceKey {
    return this.#keys.named(name);
  }

  /** A caller is about to call. */
  called(keyName: string, isForced: boolean, signal: WatchedSignal | undefined): Caller {
    const key = this.key(keyName);
    const moment = ++this.#moments;
    const caller: Caller = {
      name: `caller ${moment} of ${keyName}`,
      key,
      signal,
      moment,
      calledMs: this.#clock.monotonicMs(),
      expected: { kind: 'anything' },
      abort: signal?.isAborted === true ? 'surely' : 'no',
      settlement: undefined,
      hasNoFallback: false,
    };
    this.#open.add(caller);
    if (caller.abort === 'surely') caller.expected = { kind: 'reason' };
    else if (this.#wire.isClosed) caller.expected = { kind: 'closed' };
    else {
      this.#keys.use(key);
      key.occasions.calls++;
      if (isForced) key.occasions.forcedCalls++;
      if (isForced && key.perhaps !== undefined) this.#keys.fog(key);
      if (this.#wire.arrived.has(key) && !this.#isEitherWayAlike(key, isForced)) this.#keys.fog(key);
      if (!this.#wire.arrived.has(key) && !this.#keys.isFoggy(key)) {
        const wasInFlight = key.flight !== undefined;
        caller.expected = key.ask(isForced);
        this.#coverage.call(key, caller.expected, isForced, wasInFlight);
      }
    }
    return caller;
  }

  settled(caller: Caller, outcome: { readonly token: string } | { readonly error: unknown }): void {
    const nowMs = this.#clock.monotonicMs();
    if ('error' in outcome) caller.settlement = { error: outcome.error, nowMs };
    else {
      const grant = this.#wire.grants.get(outcome.token);
      caller.settlement = { token: outcome.token, nowMs, ageMs: grant ? caller.key.ageMs(grant) : 0, grant };
    }
  }

  /** Somebody is about to look at what is cached. Returns what to do with what is seen. */
  peeking(keyName: string): (token: string | undefined) => void {
    if (this.#wire.isClosed) return () => {};
    const key = this.key(keyName);
    this.#keys.look(key);
    key.occasions.calls++;
    const isKnown = !this.#keys.isFoggy(key) && !this.#wire.arrived.has(key);
    const { usable } = key;
    if (isKnown && usable !== undefined) key.refreshBehind();
    return (token) => {
      if (isKnown && token !== usable?.value) this.report(3, `peek of ${keyName} saw ${token}, not ${usable?.value}`);
      const grant = token === undefined ? undefined : this.#wire.grants.get(token);
      if (token === undefined) return;
      const isGood = grant !== undefined && key.ageMs(grant) < grant.ages.endMs && grant.rejectedFrom > this.#moments;
      if (!isGood) this.report(2, `peek of ${keyName} saw ${token}, which is over, rejected or not granted`);
    };
  }

  aborting(signal: WatchedSignal): void {
    for (const caller of this.#open) {
      if (caller.signal !== signal || caller.settlement !== undefined || caller.abort !== 'no') continue;
      caller.abort = this.isStirred || caller.expected.kind !== 'flight' ? 'perhaps' : 'surely';
      this.#coverage.count('aborted');
    }
  }

  /** A token is about to be reported as rejected. Returns what to do with the answer. */
  invalidating(token: string): (isDropped: boolean) => void {
    const grant = this.#wire.grants.get(token);
    if (grant === undefined) {
      return (isDropped) => {
        if (isDropped) this.report(9, `a closed provider's ${token} was dropped`);
      };
    }
    const key = this.key(grant.key);
    const moment = ++this.#moments;
    if (!this.#wire.isClosed && (this.#wire.arrived.has(key) || key.perhaps !== undefined)) this.#keys.fog(key);
    const isKnown = !this.#keys.isFoggy(key);
    const isDue = isKnown && !this.#wire.isClosed && key.wouldDrop(grant);
    if (isKnown)
      this.#coverage.count(isDue ? 'rejected' : key.current === grant ? 'rejection limited' : 'late rejection');
    if (isDue) key.drop();
    const reject = (): void => {
      grant.rejectedFrom = Math.min(grant.rejectedFrom, moment);
      grant.rejectedAtMs = Math.min(grant.rejectedAtMs, this.#clock.monotonicMs());
    };
    if (isDue) reject();
    return (isDropped) => {
      if (isDropped) reject();
      if (isKnown && isDropped !== isDue)
        this.report(9, `the rejection of ${token} was answered ${isDropped}, not ${isDue}`);
    };
  }

  /** A timer is about to fire. */
  stirring(): void {
    this.#isStirred = true;
  }

  closing(): void {
    for (const caller of this.#open) {
      if (caller.settlement !== undefined || caller.expected.kind === 'reason') continue;
      this.#coverage.count('closed while waiting');
      caller.expected = { kind: this.isStirred || caller.expected.kind !== 'flight' ? 'anything' : 'closed' };
    }
    this.#wire.isClosed = true;
  }

  /** The engine has done all it can without time going on: now everything must be as it should. */
  idle(timers: number): void {
    this.#fogWhatEndsWithPatience();
    this.#wire.applyArrived();
    this.#isStirred = false;
    const latestMs = this.#clock.monotonicMs() - this.#policy.timeoutMs;
    for (const caller of this.#open) {
      const { settlement, key } = caller;
      if (this.#keys.isFoggy(key) && 'flight' in caller.expected) caller.expected = { kind: 'anything' };
      const violation = settlement ? judge(caller) : judgeWaiting(caller, latestMs, this.#clock.monotonicMs());
      if (violation !== undefined) this.violations.push(violation);
      if (settlement === undefined) continue;
      this.#coverage.settled(caller);
      this.#open.delete(caller);
    }
    this.#wire.checkFlights();
    const keys = [...this.#keys];
    const isQuiet = this.#wire.isClosed || keys.every((key) => key.flight === undefined && !this.#keys.isFoggy(key));
    if (isQuiet && this.#open.size === 0 && timers > 0)
      this.report(7, `${timers} timers run, but nothing is on its way`);
  }

  /** Whether a flight that fails just when a caller loses its token is repeated depends on what came first. */
  #fogWhatEndsWithPatience(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const caller of this.#open) {
      const { key, expected } = caller;
      if (expected.kind !== 'flight' || expected.held === undefined || expected.flight.isDemanded) continue;
      const isNow = expected.patientUntilMs === nowMs && isGone(expected.held, caller);
      if (isNow && this.#wire.arrived.has(key)) this.#keys.fog(key);
    }
  }

  /** How many callers wait with this signal. */
  waitingWith(signal: WatchedSignal): number {
    return [...this.#open].filter((caller) => caller.signal === signal).length;
  }

  /**
   * Whether a call means the same before and after the engine gets round to what has arrived: it joins the flight that
   * ends, or is answered by how it ended.
   */
  #isEitherWayAlike(key: ReferenceKey, isForced: boolean): boolean {
    const result = this.#wire.arrived.get(key);
    if (isForced || result === undefined) return false;
    if ('value' in result) return key.ageMs(result as Grant) < result.ages.marginMs;
    return key.valid !== undefined || key.flight?.isDemanded === true;
  }
}
