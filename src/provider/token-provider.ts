import { ProviderClosedError } from '../errors/provider-closed-error.ts';
import { RevocationError } from '../errors/revocation-error.ts';
import type { TokenflightError } from '../errors/tokenflight-error.ts';
import type { StoreNews } from '../store/token-store.ts';
import { EventHub, publishEventHub } from '../telemetry/event-hub.ts';
import type { RefreshReason, TokenEvent, TokenEventListener } from '../telemetry/events.ts';
import { type AccessToken, ownerOf } from '../values/access-token.ts';
import { type Clock, elapsedMs } from '../values/clock.ts';
import { type Freshness, freshness } from '../values/freshness.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { GetTokenOptions, TokenSource } from '../values/token-source.ts';
import type { Flight } from './flight.ts';
import { isRefreshInTrouble, waitInMargin } from './margin-wait.ts';
import { type ProviderConfig, providerConfig } from './provider-config.ts';
import type { TokenProviderOptions } from './provider-options.ts';
import { Refresher } from './refresher.ts';
import { revokeAll, revokeOne } from './revoke-tokens.ts';
import { SharedTokens } from './shared/shared-tokens.ts';
import { StoreAccess } from './shared/store-access.ts';
import { type CachedToken, readyToken, type Slot } from './slot.ts';
import { SlotTable } from './slot-table.ts';
import { Subjects } from './subjects.ts';

/**
 * Gets OAuth 2 access tokens, keeps them until they expire and refreshes them ahead of time, with one token request
 * on its way per distinct token, however many callers ask. Make one per process and keep it.
 *
 * While a good token is cached no call waits; while a valid one is, none fails. Between the two lies the margin before
 * its end, where a call waits for a refresh until 2 s after that began, or not at all once one has failed.
 *
 * @example
 * const tokens = new TokenProvider({ tokenUrl: 'https://tenant.example/api/v2/token', clientId, clientSecret });
 * const { value } = await tokens.getToken();
 */
export class TokenProvider implements TokenSource, AsyncDisposable {
  readonly #config: ProviderConfig;
  readonly #clock: Clock;
  readonly #events = new EventHub();
  readonly #slots: SlotTable;
  readonly #refresher: Refresher;
  readonly #shared: SharedTokens | undefined;
  readonly #subjects: Subjects;
  #isClosed = false;

  /** @throws {ConfigurationError} naming the option that is missing, malformed or unknown */
  constructor(options: TokenProviderOptions) {
    this.#config = providerConfig(options);
    this.#clock = this.#config.endpoint.clock;
    this.#slots = new SlotTable(this.#config.defaults, this.#config.maxTokens);
    this.#subjects = new Subjects(this.#config);
    publishEventHub(this, this.#events); // for the adapters, which tell of replays
    const { store } = this.#config;
    const hear = (news: StoreNews): void => this.#hear(news);
    this.#shared = store && new SharedTokens(new StoreAccess(this.#config, store, this.#events, hear));
    const surroundings = { config: this.#config, events: this.#events, shared: this.#shared };
    this.#refresher = new Refresher(surroundings, {
      settled: (slot) => {
        this.#slots.settled(slot);
        this.#tellEvicted();
      },
      current: (slot) => {
        if (this.#isClosed) throw new ProviderClosedError();
        return this.#slots.restored(slot);
      },
    });
  }

  /**
   * A token that is good now. Answers from memory while it can, and then at once; else waits for one token request,
   * shared by all who wait.
   *
   * Rejects with a `TokenflightError`: `ConfigurationError` (malformed request), `TokenRequestRejectedError`,
   * `TokenResponseError`, `TokenEndpointUnreachableError`, `TokenRequestTimeoutError`, `DiscoveryError`,
   * `ScopeNotGrantedError`, `CredentialUnavailableError`, `ProviderClosedError`; or with the reason of the caller's own signal.
   */
  getToken(request?: TokenRequest, options?: GetTokenOptions): Promise<AccessToken> {
    try {
      options?.signal?.throwIfAborted();
      if (this.#isClosed) throw new ProviderClosedError();
      if (this.#config.endpoint.grant.subject !== undefined) return this.#getForSubject(request, options);
      return this.#get(this.#slots.find(request), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #get(slot: Slot, options: GetTokenOptions | undefined): Promise<AccessToken> {
    try {
      const hit = options?.forceRefresh === true ? undefined : this.#usable(slot);
      return hit === undefined ? this.#wait(slot, options) : readyToken(hit);
    } catch (error) {
      return Promise.reject(error);
    } finally {
      this.#tellEvicted();
    }
  }

  // Asked in the caller's own async context, since that is where its user is known.
  async #getForSubject(request: TokenRequest | undefined, options: GetTokenOptions | undefined): Promise<AccessToken> {
    const subject = await this.#subjects.read(options?.signal);
    if (this.#isClosed) throw new ProviderClosedError();
    return this.#get(this.#slots.find(request, subject), options);
  }

  /**
   * The cached token, if it is good now, without a promise. Begins a background refresh if it is stale; asks nobody if
   * there is none. Always undefined with a grant whose subject has to be asked for, such as `tokenExchange`.
   *
   * @throws {ConfigurationError} the request is malformed
   */
  peek(request?: TokenRequest): AccessToken | undefined {
    if (this.#isClosed || this.#config.endpoint.grant.subject !== undefined) return undefined;
    const slot = this.#slots.peek(request);
    const usable = slot && this.#usable(slot);
    this.#tellEvicted();
    return usable?.token;
  }

  /**
   * Reports that a resource server rejected a token. Only if that very token is still the current one is it dropped;
   * a late report of an older token changes nothing. A token that itself replaced a rejected one is kept for
   * `forcedRefreshIntervalMs`: a server that rejects everything must not cause a storm.
   *
   * @returns whether the token was dropped
   */
  async invalidate(token: AccessToken): Promise<boolean> {
    const owner = ownerOf(token);
    if (!this.#slots.made(owner) || this.#isClosed) return false;
    const slot = this.#slots.successorOf(owner) ?? owner;
    // What gave way here may still be what the other processes have.
    const isOnlyShared = slot.cached === undefined && this.#shared !== undefined && !this.#slots.holds(owner);
    if (slot.cached?.token.id !== token.id && (!isOnlyShared || slot.rejectedId === token.id)) {
      this.#tell(slot, { type: 'invalidation-ignored', tokenId: token.id, why: 'not-current' });
      return false;
    }
    if (this.#isLimited(slot.forcedAtMs)) {
      this.#tell(slot, { type: 'invalidation-ignored', tokenId: token.id, why: 'limited' });
      return false;
    }
    this.#drop(slot, token.id);
    const told = this.#shared?.invalidate(slot, token.id);
    if (told !== undefined) this.#config.flights.keepAlive?.(told);
    return true;
  }

  #drop(slot: Slot, tokenId: string): void {
    this.#forget(slot, tokenId);
    this.#tell(slot, { type: 'invalidated', tokenId });
  }

  #forget(slot: Slot, tokenId: string): void {
    slot.cached = undefined;
    slot.rejectedId = tokenId; // nor is it taken from another process again
  }

  /** Another process reports what became of a token that is cached here too. */
  #hear(news: StoreNews): void {
    if (news.type !== 'invalidated') return;
    for (const slot of this.#slots) {
      if (slot.sharedKey === news.key && slot.cached?.token.id === news.tokenId) this.#drop(slot, news.tokenId);
    }
  }

  /**
   * Subscribes to everything that happens. Without listeners events cost nothing; a listener that throws disturbs
   * nobody. A listener may call the provider; what it causes by that while it is told an event of the same type, it is
   * not told, since that would go round for ever. The same events go to the diagnostics channel `tokenflight:event`.
   *
   * @returns a function that ends the subscription
   */
  on(listener: TokenEventListener): () => void {
    return this.#events.subscribe(listener);
  }

  /**
   * Gives a token back: it is dropped here at once, then revoked at the authorization server (RFC 7009).
   *
   * Rejects with a `RevocationError`: the token is not used here any more, but may be valid until its end.
   */
  async revoke(token: AccessToken): Promise<void> {
    const owner = ownerOf(token);
    if (!this.#slots.made(owner)) throw new RevocationError('it is not a token of this provider');
    const slot = this.#slots.successorOf(owner) ?? owner;
    if (slot.cached?.token.id === token.id) this.#forget(slot, token.id);
    await this.#shared?.invalidate(slot, token.id, 0);
    await revokeOne(this.#config, token);
    this.#tell(slot, { type: 'revoked', tokenId: token.id });
  }

  /**
   * Ends all flights; who waits, and who comes later, gets a `ProviderClosedError` at once. Closing twice is harmless.
   *
   * Waits for a token request that is on its way with a refresh token, within `attemptTimeoutMs`: the token that it
   * spends is good for nothing any more, and the next one still reaches `onRotate`, and the `store`, which is given a
   * few seconds if it fails.
   *
   * @param options `revoke`: also revoke all cached tokens, and wait for that, no longer once one has had no answer within
   *   `attemptTimeoutMs`. One that fails is told by an event only.
   */
  async close(options: { readonly revoke?: boolean | undefined } = {}): Promise<void> {
    this.#isClosed = true;
    this.#subjects.close();
    const tokens: AccessToken[] = [];
    for (const slot of this.#slots) {
      if (options.revoke && slot.cached) tokens.push(slot.cached.token);
      slot.cached = undefined;
      slot.flight?.abort(new ProviderClosedError());
    }
    this.#slots.clear();
    const { sentRequests, endpoint } = this.#config;
    if (tokens.length > 0) sentRequests.note(this.#giveBack(tokens)); // whoever closes a second time waits for it, too
    await sentRequests.settled();
    endpoint.server.close();
    this.#shared?.access.close();
  }

  async #giveBack(tokens: readonly AccessToken[]): Promise<void> {
    await Promise.all(tokens.map((token) => this.#shared?.invalidate(ownerOf(token) as Slot, token.id, 0)));
    await revokeAll(this.#config, tokens, (token, error) => {
      const slot = ownerOf(token) as Slot;
      const tokenId = token.id;
      if (error === undefined) this.#tell(slot, { type: 'revoked', tokenId });
      else this.#tell(slot, { type: 'revocation-failed', tokenId, error: error as TokenflightError });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The cached token, if a caller need not wait. The one place that decides it. */
  #usable(slot: Slot): CachedToken | undefined {
    const { cached } = slot;
    if (cached === undefined) return undefined;
    const state = freshness(elapsedMs(this.#clock, cached), cached);
    if (state === 'expired') return undefined;
    if (state === 'stale') this.#refresher.beginBehind(slot);
    return this.#hit(slot, cached, state);
  }

  #wait(slot: Slot, options: GetTokenOptions | undefined): Promise<AccessToken> {
    const { signal, forceRefresh = false } = options ?? {};
    this.#refresher.forgetLost(slot);
    const { cached } = slot;
    const isLimited =
      forceRefresh && cached !== undefined && slot.flight === undefined && this.#isLimited(slot.forcedStartMs);
    const usable = isLimited ? this.#usable(slot) : undefined;
    if (usable !== undefined) {
      this.#tell(slot, { type: 'forced-refresh-limited', tokenId: usable.token.id });
      return readyToken(usable);
    }
    const isForced = forceRefresh && !isLimited; // too soon after another one, it is a call like any other
    const nowMs = this.#clock.monotonicMs();
    const isInMargin = !isForced && cached !== undefined && elapsedMs(this.#clock, cached) < cached.lifetimeMs;
    if (isInMargin && isRefreshInTrouble(slot, nowMs)) {
      this.#refresher.beginBehind(slot);
      return readyToken(this.#hit(slot, cached, 'expired'));
    }
    if (slot.flight !== undefined) {
      this.#tell(slot, { type: 'shared' });
    } else if (slot.coolDown !== undefined && nowMs < slot.coolDown.untilMs) {
      const { error, untilMs } = slot.coolDown;
      this.#tell(slot, { type: 'cool-down', error, remainingMs: untilMs - nowMs });
      throw error;
    }
    const flight = this.#refresher.begin(slot, refreshReason(slot, isForced), true);
    if (isForced) slot.force(); // also where it joins one that was begun for another reason
    if (!isInMargin) return flight.wait(signal);
    return this.#waitInMargin(slot, flight, cached, signal);
  }

  async #waitInMargin(
    slot: Slot,
    flight: Flight<AccessToken>,
    cached: CachedToken,
    signal: AbortSignal | undefined,
  ): Promise<AccessToken> {
    const token = await waitInMargin(this.#clock, flight, slot, cached, signal);
    if (token === cached.token) this.#hit(slot, cached, 'expired');
    return token;
  }

  #hit(slot: Slot, cached: CachedToken, state: Freshness): CachedToken {
    if (this.#events.isHeard) this.#tell(slot, { type: 'hit', state, tokenId: cached.token.id });
    return cached;
  }

  // Last of all: a listener may call, and must find the slot at hand with its flight.
  #tellEvicted(): void {
    for (let slot = this.#slots.nextEvicted(); slot !== undefined; slot = this.#slots.nextEvicted()) {
      this.#tell(slot, { type: 'evicted' });
    }
  }

  #isLimited(sinceMs: number | undefined): boolean {
    return sinceMs !== undefined && this.#clock.monotonicMs() - sinceMs < this.#config.forcedRefreshIntervalMs;
  }

  #tell(slot: Slot, event: EventAbout): void {
    if (this.#events.isHeard) this.#events.emit({ ...event, request: slot.summary } as TokenEvent);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type EventAbout = DistributiveOmit<Extract<TokenEvent, { request: unknown }>, 'request'>;

function refreshReason(slot: Slot, forceRefresh: boolean): RefreshReason {
  if (forceRefresh) return 'forced';
  if (slot.rejectedId !== undefined) return 'rejected';
  return slot.cached === undefined ? 'absent' : 'expired';
}
