import { AsyncLocalStorage } from 'node:async_hooks';
import { refreshToken } from '../../src/protocol/refresh-token.ts';
import type { TokenProviderOptions } from '../../src/provider/provider-options.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { perRequest } from '../../src/provider/workers.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import type { TokenStore } from '../../src/store/token-store.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** A request of a Worker: what it begins ends with it. */
class WorkerRequest {
  readonly #cancel = new Set<() => void>();
  isDead = false;
  /** It has sent a token request. */
  hasSent = false;

  owns(cancel: () => void): () => void {
    if (this.isDead) cancel();
    this.#cancel.add(cancel);
    return cancel;
  }

  die(): void {
    this.isDead = true;
    for (const cancel of this.#cancel) cancel();
  }
}

export interface Visit {
  readonly isolate: number;
  readonly scope: string;
  readonly comesMs: number;
  readonly livesMs: number;
}

export interface Plan {
  readonly visits: readonly Visit[];
  /** How long each token request takes, in order; the last one holds for all that follow. */
  readonly takesMs: readonly number[];
  readonly takesTurns: boolean;
  /** The isolates share a store. Else there is but one. */
  readonly isShared: boolean;
}

const STEP_MS = 100;
const LONGEST_WAIT_MS = 60_000;
/** One way to the store. */
const STORE_MS = 2;

/** A Worker, in whose isolates requests come and die as planned. */
export class WorkerUnderTest {
  readonly problems: string[] = [];
  readonly #plan: Plan;
  readonly #clock = new FakeClock();
  readonly #current = new AsyncLocalStorage<WorkerRequest>();
  readonly #isolates: readonly TokenProvider[];
  /** Token requests, by the request that they belong to, and their scope. */
  readonly #inFlight = new Map<WorkerRequest, string | null>();
  #tokenRequests = 0;
  #diedInFlight = 0;
  #waiting = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    const { takesTurns, isShared } = plan;
    const store = this.#far(memoryStore(this.#clock));
    const options = (): TokenProviderOptions => ({
      tokenUrl: 'https://auth.example/token',
      clientId: 'client',
      clientSecret: 'secret',
      flights: perRequest({ waitUntil: () => {} }),
      transport: (_url, { body }) => this.#answer(new URLSearchParams(body as string).get('scope')),
      random: () => 0,
      timeoutMs: 40_000,
      attemptTimeoutMs: 30_000,
      clock: {
        monotonicMs: () => this.#clock.monotonicMs(),
        wallMs: () => this.#clock.wallMs(),
        schedule: (callback, delayMs) => this.#schedule(callback, delayMs),
      },
      ...(takesTurns && { grant: refreshToken({ refreshToken: 'rt', subject: 'user' }) }),
      ...(isShared && { store }),
    });
    this.#isolates = (isShared ? [0, 1] : [0]).map(() => new TokenProvider(options()));
  }

  /** Needs the digest of `sync-digest.ts`. */
  async run(): Promise<void> {
    const { visits } = this.#plan;
    for (const visit of visits) this.#clock.schedule(() => this.#visit(visit), visit.comesMs);
    const nowMs = (): number => this.#clock.monotonicMs();
    const lastMs = nowMs() + Math.max(...visits.map(({ comesMs }) => comesMs));
    const endMs = nowMs() + LONGEST_WAIT_MS;
    while (nowMs() <= lastMs || (this.#waiting > 0 && nowMs() < endMs)) await this.#clock.advance(STEP_MS);
    if (this.#waiting > 0) this.problems.push(`${this.#waiting} who live still wait`);
    const most = new Set(visits.map(({ scope }) => scope)).size + this.#diedInFlight;
    if (this.#tokenRequests > most) this.problems.push(`${this.#tokenRequests} token requests, at most ${most} needed`);
  }

  #visit({ isolate, livesMs, scope }: Visit): void {
    const request = new WorkerRequest();
    const provider = this.#isolates[isolate % this.#isolates.length];
    let isOver = false;
    this.#waiting++;
    const end = (): void => {
      if (!isOver) this.#waiting--;
      isOver = true;
    };
    this.#clock.schedule(() => {
      if (request.hasSent && !isOver) this.#diedInFlight++;
      this.#inFlight.delete(request);
      end();
      request.die();
    }, livesMs);
    this.#current
      .run(request, async () => provider?.getToken({ scope }))
      .then(end, (error: unknown) => {
        if (!request.isDead) this.problems.push(`a caller was told ${String(error)}`);
        end();
      });
  }

  #answer(scope: string | null): Promise<Response> {
    const request = this.#request();
    const others = this.#plan.takesTurns ? [scope] : this.#inFlight.values();
    if (this.#inFlight.size > 0 && [...others].includes(scope)) this.problems.push('two token requests at once');
    this.#inFlight.set(request, scope);
    request.hasSent = true;
    const takesMs = this.#plan.takesMs[Math.min(this.#tokenRequests++, this.#plan.takesMs.length - 1)] ?? 0;
    const token = { access_token: `token-${this.#tokenRequests}`, token_type: 'Bearer', expires_in: 3_600 };
    return new Promise((resolve) => {
      this.#schedule(() => {
        this.#inFlight.delete(request);
        resolve(Response.json(token));
      }, takesMs);
    });
  }

  /** What arrives there is done, though nobody may be left to hear of it. */
  #far(store: TokenStore): TokenStore {
    const far = <T>(run: () => Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        const answer = new Promise<T>((arrived) => this.#clock.schedule(() => arrived(run()), STORE_MS));
        this.#schedule(() => answer.then(resolve, reject), 2 * STORE_MS);
      });
    return {
      look: (...given) => far(() => store.look(...given)),
      extend: (...given) => far(() => store.extend(...given)),
      put: (...given) => far(() => store.put(...given)),
      release: (...given) => far(() => store.release(...given)),
      invalidate: (...given) => far(() => store.invalidate(...given)),
      subscribe: () => () => {},
      close: () => store.close(),
    };
  }

  #schedule(callback: () => void, delayMs: number): () => void {
    const request = this.#request();
    const cancel = this.#clock.schedule(() => this.#current.run(request, callback), delayMs);
    return request.owns(cancel);
  }

  #request(): WorkerRequest {
    const request = this.#current.getStore();
    if (request === undefined) throw new Error('it is done in no request');
    return request;
  }
}
