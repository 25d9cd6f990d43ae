import { DiscoveryError } from '../errors/discovery-error.ts';
import { ProviderClosedError } from '../errors/provider-closed-error.ts';
import type { AuthorizationServer, ServerSource } from '../protocol/authorization-server.ts';
import { retellError } from '../protocol/redaction.ts';
import type { BackoffPolicy } from '../values/backoff.ts';
import { type Clock, elapsedMs, type Instant, readClock } from '../values/clock.ts';
import { withDeadline } from './deadline.ts';
import type { Flight, Flights } from './flight.ts';
import { coolDownMs } from './pauses.ts';

// Metadata change when a server moves: asked again behind the calls once an hour, and kept as long as asking fails.
const METADATA_LIFETIME_MS = 60 * 60 * 1_000;

export interface ServerLookupOptions {
  readonly issuer: string;
  readonly discover: (signal: AbortSignal) => Promise<AuthorizationServer>;
  readonly clock: Clock;
  readonly attemptTimeoutMs: number;
  readonly coolDown: BackoffPolicy;
  readonly random: () => number;
  readonly flights: Flights;
}

/** Finds the authorization server of an issuer: asked once, by one request at a time, and remembered. */
export class ServerLookup implements ServerSource {
  readonly #options: ServerLookupOptions;
  #found: { readonly server: AuthorizationServer; readonly asked: Instant } | undefined;
  #asking: Flight<AuthorizationServer> | undefined;
  #failures = 0;
  #failed: { readonly error: unknown; readonly untilMs: number } | undefined;

  constructor(options: ServerLookupOptions) {
    this.#options = options;
  }

  get address(): string {
    return this.#options.issuer;
  }

  /** @throws {DiscoveryError} also from memory, while the cool-down after one runs */
  get(): Promise<AuthorizationServer> {
    const { clock } = this.#options;
    const isCoolingDown = this.#failed !== undefined && clock.monotonicMs() < this.#failed.untilMs;
    if (this.#found !== undefined) {
      const isOld = elapsedMs(clock, this.#found.asked) >= METADATA_LIFETIME_MS;
      if (isOld && !isCoolingDown) this.#ask(); // behind: what is known serves meanwhile
      return Promise.resolve(this.#found.server);
    }
    return isCoolingDown ? Promise.reject(this.#failed?.error) : this.#ask().wait();
  }

  close(): void {
    this.#asking?.abort(new ProviderClosedError());
  }

  #ask(): Flight<AuthorizationServer> {
    const { flights, clock } = this.#options;
    const lost = this.#asking;
    if (lost && !lost.isLost) return lost;
    this.#asking = flights.begin({ fly: (flight) => this.#discover(flight), again: () => this.#ask(), clock });
    lost?.giveWayTo(this.#asking);
    return this.#asking;
  }

  async #discover(flight: Flight<AuthorizationServer>): Promise<AuthorizationServer> {
    const { issuer, discover, clock, attemptTimeoutMs, coolDown, random } = this.#options;
    const nowMs = (): number => clock.monotonicMs();
    const asked = readClock(clock);
    const timeout = (): Error => new Error(`no answer within ${attemptTimeoutMs} ms`);
    try {
      const server = await withDeadline(clock, attemptTimeoutMs, flight.signal, timeout, discover);
      this.#found = { server, asked };
      this.#failures = 0;
      this.#failed = undefined;
      return server;
    } catch (cause) {
      if (flight.signal.aborted) throw cause;
      const pauseMs = coolDownMs(++this.#failures, true, coolDown, random());
      const retold = retellError(cause, (text) => text);
      // Whoever tries again waits for as long: any sooner would only meet this very error.
      const error = new DiscoveryError(issuer, { nowMs, cause: retold, retryAfterMs: pauseMs });
      this.#failed = { error, untilMs: nowMs() + pauseMs };
      throw error;
    } finally {
      if (this.#asking === flight) this.#asking = undefined;
    }
  }
}
