import { ProviderClosedError } from '../errors/provider-closed-error.ts';
import type { TokenAcquisitionError } from '../errors/token-acquisition-error.ts';
import type { EventHub } from '../telemetry/event-hub.ts';
import type { RefreshReason } from '../telemetry/events.ts';
import { AccessToken } from '../values/access-token.ts';
import { elapsedMs } from '../values/clock.ts';
import { tokenId } from '../values/digest.ts';
import { tokenWindows } from '../values/freshness.ts';
import { acquireToken, type Surroundings } from './acquire-token.ts';
import type { Acquisition } from './attempt-token.ts';
import type { Flight } from './flight.ts';
import { coolDownMs, refreshPauseMs, refreshSpacingMs } from './pauses.ts';
import type { ProviderConfig } from './provider-config.ts';
import { sharedPauseMs } from './shared/stored-failure.ts';
import type { CachedToken, Slot } from './slot.ts';

/** What a refresher needs of the table of slots. */
export interface SlotKeeper {
  /** A slot's flight has ended. */
  settled(slot: Slot): void;
  /**
   * The slot that its key finds by now: another one, if it gave way; else it is put back.
   *
   * @throws {ProviderClosedError}
   */
  current(slot: Slot): Slot;
}

/** Begins flights, at most one per slot, and writes into the slot how they end. */
export class Refresher {
  readonly #surroundings: Surroundings;
  readonly #config: ProviderConfig;
  readonly #events: EventHub;
  readonly #slots: SlotKeeper;
  /** Flights that went down without a word, until another takes their place. */
  readonly #lost = new WeakMap<Slot, Flight<AccessToken>>();

  constructor(surroundings: Surroundings, slots: SlotKeeper) {
    this.#surroundings = surroundings;
    this.#config = surroundings.config;
    this.#events = surroundings.events;
    this.#slots = slots;
  }

  /**
   * The slot's flight: the one on its way, or a new one.
   *
   * @param isMissed a caller has to wait for it
   */
  begin(slot: Slot, reason: RefreshReason, isMissed = false): Flight<AccessToken> {
    this.forgetLost(slot);
    if (slot.flight !== undefined) return slot.flight;
    slot.flightStartMs = this.#nowMs();
    if (reason === 'forced' || reason === 'rejected') slot.force();
    const { endpoint, timeoutMs, flights } = this.#config;
    const { clock } = endpoint;
    const begun = flights.begin<AccessToken>({
      fly: (flight) => this.#fly(slot, flight, reason),
      again: () => this.begin(this.#slots.current(slot), reason),
      clock,
      holdProcess: () => clock.schedule(() => {}, timeoutMs, { keepAlive: true }),
    });
    slot.flight = begun;
    this.#lost.get(slot)?.giveWayTo(begun);
    this.#lost.delete(slot);
    // Told once it is there: a listener may call in its turn, and must find it.
    if (this.#events.isHeard) {
      if (isMissed) this.#events.emit({ type: 'miss', request: slot.summary, reason });
      this.#events.emit({ type: 'refresh-started', request: slot.summary, reason });
    }
    return begun;
  }

  /** Makes way for another flight where the slot's went down without a word. */
  forgetLost(slot: Slot): void {
    if (!slot.flight?.isLost) return;
    this.#lost.set(slot, slot.flight);
    this.#end(slot, slot.flight);
  }

  /** Begins a flight that nobody waits for, unless one is on its way or the pause between two runs. */
  beginBehind(slot: Slot): void {
    this.forgetLost(slot);
    if (slot.flight === undefined && this.#nowMs() >= slot.behindNotBeforeMs) this.begin(slot, 'stale');
  }

  async #fly(slot: Slot, flight: Flight<AccessToken>, reason: RefreshReason): Promise<AccessToken> {
    const startedMs = this.#nowMs();
    try {
      const acquired = await acquireToken(this.#surroundings, slot, flight, reason);
      const id = await tokenId(acquired.grant.value);
      flight.signal.throwIfAborted();
      const isForced = slot.isForced || acquired.isForced === true;
      const isLate = this.#end(slot, flight);
      const cached = this.#cachedToken(slot, acquired, id);
      if (!isLate || isNewest(slot, cached)) this.#keep(slot, cached, isForced);
      if (this.#events.isHeard) {
        const durationMs = this.#nowMs() - startedMs;
        const { lifetimeMs } = cached;
        this.#events.emit({
          type: 'refresh-succeeded',
          request: slot.summary,
          reason,
          tokenId: id,
          lifetimeMs,
          durationMs,
        });
      }
      return cached.token;
    } catch (error) {
      if (!this.#end(slot, flight)) this.#failed(slot, error, reason);
      throw error;
    } finally {
      this.#slots.settled(slot);
    }
  }

  // Before anything is told of it: a listener may call in its turn, and must not join what is over.
  /** @returns whether it is late: it was taken for lost, and the slot has gone on without it */
  #end(slot: Slot, flight: Flight<AccessToken>): boolean {
    if (slot.flight !== flight) return true;
    slot.flight = undefined;
    slot.flightStartMs = undefined;
    slot.isFlightForced = false;
    return false;
  }

  #cachedToken(slot: Slot, acquired: Acquisition, id: string): CachedToken {
    const { grant, lifetimeMs, asked } = acquired;
    const { value, tokenType, scope, response } = grant;
    const token = new AccessToken({
      value,
      tokenType,
      id,
      scope,
      response,
      expiresAtMs: asked.wallMs + lifetimeMs,
      owner: slot,
      dpop: tokenType === 'DPoP' ? this.#config.endpoint.dpop : undefined,
    });
    const { freshness, random } = this.#config;
    const { staleAfterMs, usableForMs } = tokenWindows(lifetimeMs, freshness, random(), grant.refreshInMs);
    return {
      token,
      ready: undefined,
      monotonicMs: asked.monotonicMs,
      wallMs: asked.wallMs,
      staleAfterMs,
      usableForMs,
      lifetimeMs,
    };
  }

  #keep(slot: Slot, cached: CachedToken, isForced: boolean): void {
    slot.cached = cached;
    if (isForced) slot.forcedAtMs = cached.monotonicMs;
    slot.rejectedId = undefined;
    slot.failures = 0;
    slot.coolDown = undefined;
    slot.behindNotBeforeMs = this.#nowMs() + refreshSpacingMs(cached.lifetimeMs);
  }

  #failed(slot: Slot, error: unknown, reason: RefreshReason): void {
    if (error instanceof ProviderClosedError) return;
    const failure = error as TokenAcquisitionError;
    const { endpoint, maxRetryAfterMs, random, coolDown, refreshBackoff } = this.#config;
    const nowMs = this.#nowMs();
    const askedMs = failure.retryAfterMs === undefined ? undefined : Math.min(failure.retryAfterMs, maxRetryAfterMs);
    const leftMs = slot.cached ? slot.cached.lifetimeMs - elapsedMs(endpoint.clock, slot.cached) : 0;
    const served = leftMs > 0;
    slot.failures++;
    const pauseMs = served
      ? refreshPauseMs(slot.failures, leftMs, refreshBackoff, random(), askedMs)
      : (sharedPauseMs(failure) ?? coolDownMs(slot.failures, failure.retryable, coolDown, random(), askedMs));
    slot.behindNotBeforeMs = nowMs + pauseMs;
    // With a valid token only what the server itself asked for binds those who come after its end.
    if (!served || askedMs !== undefined) slot.coolDown = { error: failure, untilMs: nowMs + pauseMs };
    if (this.#events.isHeard) {
      this.#events.emit({ type: 'refresh-failed', request: slot.summary, reason, served, error: failure, pauseMs });
    }
  }

  #nowMs(): number {
    return this.#config.endpoint.clock.monotonicMs();
  }
}

/** Whether a token that comes late is the best that a slot has so far. */
function isNewest({ cached, rejectedId }: Slot, late: CachedToken): boolean {
  return cached === undefined ? rejectedId === undefined : cached.monotonicMs < late.monotonicMs;
}
