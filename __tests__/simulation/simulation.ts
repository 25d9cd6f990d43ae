import type { TokenProvider } from '../../src/provider/token-provider.ts';
import type { AccessToken } from '../../src/values/access-token.ts';
import { Coverage } from './coverage.ts';
import { type Edge, untilMs } from './edges.ts';
import { FakeClock } from './fake-clock.ts';
import { Model } from './model.ts';
import { Pace } from './pace.ts';
import { providerOptions } from './provider-options.ts';
import type { Schedule, Step } from './schedule.ts';
import { scopeOf, spell } from './spellings.ts';
import { TokenServer } from './token-server.ts';
import { WatchedSignal } from './watched-signal.ts';

/** The code under test: the package's entry, or that of a copy. */
export interface Engine {
  readonly TokenProvider: typeof TokenProvider;
}

const movesTime: ReadonlySet<Step['type']> = new Set([
  'storm',
  'advance',
  'advance-to',
  'step-wall',
  'suspend',
  'reopen',
]);

/** One world, in which a schedule is carried out step by step. */
export class Simulation {
  readonly coverage: Coverage = new Coverage();
  readonly #engine: Engine;
  readonly #schedule: Schedule;
  readonly #tell: ((line: string) => void) | undefined;
  readonly #clock = new FakeClock();
  readonly #pace: Pace;
  readonly #server: TokenServer;
  readonly #tokens = new Map<string, AccessToken[]>();
  readonly #signals = new Map<number, WatchedSignal>();
  #model!: Model;
  #provider!: TokenProvider;

  constructor(engine: Engine, schedule: Schedule, tell: ((line: string) => void) | undefined) {
    this.#engine = engine;
    this.#schedule = schedule;
    this.#tell = tell && ((line) => tell(`${this.#clock.monotonicMs()} ms: ${line}`));
    this.#pace = new Pace(this.#clock, schedule, () => this.#model);
    this.#server = new TokenServer(this.#clock, schedule.script);
    this.#openProvider();
  }

  /** Of the provider that is open. */
  get model(): Model {
    return this.#model;
  }

  get hasFailed(): boolean {
    return this.#model.violations.length > 0;
  }

  async take(step: Step): Promise<void> {
    await this.#pace.beforeStep(movesTime.has(step.type));
    if (this.hasFailed) return;
    this.#tell?.(JSON.stringify(step));
    await this.#perform(step);
    if (!this.hasFailed) await this.#pace.rest(step.gap);
  }

  /** Lets everything come to its end, closes the provider, and looks for what is left behind. */
  async end(): Promise<void> {
    await this.#pace.idle();
    if (!this.hasFailed) await this.#pace.advance(this.#schedule.policy.timeoutMs + 1);
    if (!this.hasFailed) await this.#closeProvider();
    if (this.hasFailed) return;
    await this.#pace.beforeStep(false);
    this.#call(0, false, undefined, 0);
    this.#peek(0);
    this.#invalidate(0, 0);
    await this.#pace.idle();
  }

  async #perform(step: Step): Promise<void> {
    switch (step.type) {
      case 'call':
        return this.#call(this.#keyOf(step), step.forced, step.signal, step.spelling);
      case 'storm':
        return this.#storm(step);
      case 'peek':
        return this.#peek(this.#keyOf(step));
      case 'abort':
        this.#model.aborting(this.#signal(step.signal));
        return this.#signal(step.signal).abort();
      case 'renew':
        this.#signals.delete(step.signal);
        return;
      case 'invalidate':
        return this.#invalidate(this.#keyOf(step), step.older);
      case 'advance':
        return this.#pace.advance(step.ms);
      case 'advance-to':
        return this.#pace.advance(Math.max(0, this.#untilMs(scopeOf(this.#keyOf(step)), step.edge) + step.offsetMs));
      case 'step-wall':
        return this.#clock.stepWall(step.ms);
      case 'suspend':
        return this.#clock.suspend(step.ms);
      case 'reopen':
        await this.#closeProvider();
        if (!this.hasFailed) this.#openProvider();
    }
  }

  #call(key: number, isForced: boolean, signalIndex: number | undefined, spelling: number): void {
    const model = this.#model;
    const signal = signalIndex === undefined ? undefined : this.#signal(signalIndex);
    const caller = model.called(scopeOf(key), isForced, signal);
    const request = spell(key, spelling);
    this.#provider.getToken(request, { forceRefresh: isForced, signal: signal?.signal }).then(
      (token) => {
        model.settled(caller, { token: token.value });
        this.#keep(scopeOf(key), token);
        this.#tell?.(`  ${caller.name} got ${token.value}`);
      },
      (error) => {
        model.settled(caller, { error });
        this.#tell?.(`  ${caller.name} got ${error instanceof Error ? error.message : JSON.stringify(error)}`);
      },
    );
  }

  async #storm(step: Extract<Step, { type: 'storm' }>): Promise<void> {
    const key = this.#keyOf(step);
    for (let turn = 0; turn < step.times && !this.hasFailed; turn++) {
      this.#call(key, step.forced, undefined, 0);
      await this.#pace.idle();
      await this.#pace.beforeStep(false);
      if (step.rejects) this.#invalidate(key, 0);
      await this.#pace.advance(step.everyMs);
      await this.#pace.beforeStep(false);
    }
  }

  #peek(key: number): void {
    const seen = this.#model.peeking(scopeOf(key));
    const token = this.#provider.peek(spell(key, 0));
    seen(token?.value);
    if (token !== undefined) this.#keep(scopeOf(key), token);
  }

  #invalidate(key: number, older: number): void {
    const model = this.#model;
    const token = this.#tokens.get(scopeOf(key))?.at(-1 - older);
    if (token === undefined) return;
    this.#provider.invalidate(token).then(model.invalidating(token.value), (error) => model.report(9, String(error)));
  }

  #keep(scope: string, token: AccessToken): void {
    const tokens = this.#tokens.get(scope) ?? [];
    if (tokens.at(-1) !== token) this.#tokens.set(scope, [...tokens, token]);
  }

  #signal(index: number): WatchedSignal {
    let signal = this.#signals.get(index);
    if (signal === undefined) {
      signal = new WatchedSignal(`signal ${this.#pace.signals.length}`);
      this.#signals.set(index, signal);
      this.#pace.signals.push(signal);
    }
    return signal;
  }

  #keyOf({ key }: { readonly key: number }): number {
    return key % this.#schedule.keys;
  }

  #untilMs(scope: string, edge: Edge | 'timer'): number {
    const ms = edge === 'timer' ? 0 : Math.ceil(untilMs(this.#model.key(scope), edge, this.#clock.monotonicMs()));
    return ms > 0 ? ms : (this.#clock.untilNextMs ?? 0);
  }

  #openProvider(): void {
    const { policy } = this.#schedule;
    this.#model = new Model(this.#clock, policy, scopeOf(0), this.coverage);
    const transport = this.#server.transportFor(this.#model.wire);
    const world = { scope: scopeOf(0), clock: this.#clock, transport };
    this.#provider = new this.#engine.TokenProvider(providerOptions(policy, world));
    const tell = this.#tell;
    if (tell) this.#provider.on((event) => tell(`  ${JSON.stringify(event)}`));
  }

  async #closeProvider(): Promise<void> {
    await this.#pace.idle();
    if (this.hasFailed) return;
    await this.#pace.beforeStep(false);
    this.#model.closing();
    await this.#provider.close();
    await this.#pace.idle();
  }
}
