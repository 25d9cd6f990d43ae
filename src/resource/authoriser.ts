import { ConfigurationError } from '../errors/configuration-error.ts';
import { InsecureUrlError } from '../errors/insecure-url-error.ts';
import { checkNames } from '../errors/option-checks.ts';
import { OriginNotAllowedError } from '../errors/origin-not-allowed-error.ts';
import { UnsafeTokenError } from '../errors/unsafe-token-error.ts';
import { isNonceWanted, isTokenRejected } from '../protocol/challenge.ts';
import { eventHubOf } from '../telemetry/event-hub.ts';
import type { ReplaySkipReason } from '../telemetry/events.ts';
import type { AccessToken } from '../values/access-token.ts';
import { isHeaderSafe } from '../values/header-safe.ts';
import { proverOf } from '../values/proof-of-possession.ts';
import { isSecureUrl } from '../values/secure-url.ts';
import { mergeTokenRequests, type TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';
import { type AllowedOrigins, originPredicate } from './origins.ts';
import { type ReplayOptions, ReplayPolicy, type SentBody } from './replay-policy.ts';

/** Options that every adapter has. */
export interface BearerOptions {
  /** Where tokens may go. Required: a token sent to the wrong host is lost. */
  readonly origins: AllowedOrigins;
  /**
   * What becomes of a request to any other origin. `refuse`: an `OriginNotAllowedError`, and nothing is sent (default).
   * `pass`: it is sent without a token of this source, for a client that calls several APIs with a token each.
   */
  readonly otherOrigins?: 'refuse' | 'pass' | undefined;
  /** What the token is asked for. Default: the provider's own defaults. */
  readonly request?: TokenRequest | undefined;
  /** Which requests are sent again after a 401. Default: all whose body is in memory. */
  readonly replay?: ReplayOptions | undefined;
  /** Allow plain http to hosts that are not loopback. Default: false. */
  readonly allowInsecure?: boolean | undefined;
}

const OPTIONS = ['origins', 'otherOrigins', 'request', 'replay', 'allowInsecure'];

/** A request as it was sent with a token of ours. */
export interface SentRequest {
  readonly url: URL;
  readonly method: string;
  readonly body: SentBody;
  readonly token: AccessToken;
  /** What the token was asked for beyond the option `request`, if this call said so. */
  readonly tokenRequest?: TokenRequest | undefined;
  /** It was sent again already. */
  readonly isReplay: boolean;
  /** The answer came after redirects, and it is the first request that would be sent again. Default: false. */
  readonly wasRedirected?: boolean;
}

/** What the server answered to it. */
export interface Verdict {
  readonly status: number;
  readonly wwwAuthenticate: string | null | undefined;
  readonly dpopNonce?: string | null | undefined;
}

/** The headers that carry a token; `dpop` with a token that is bound to a key. */
export interface TokenHeaders {
  readonly authorization: string;
  readonly dpop?: string;
}

/**
 * The rules that all adapters share: which URL may have a token, what an answer means, and when a request is sent
 * again. It knows no HTTP client.
 */
export class Authoriser {
  readonly replay: ReplayPolicy;
  readonly #source: TokenSource;
  readonly #request: TokenRequest | undefined;
  readonly #isAllowed: (url: URL) => boolean;
  readonly #allowInsecure: boolean;
  readonly #passesOthers: boolean;

  /**
   * @param own names of further options, which are the adapter's
   * @throws {ConfigurationError} naming the option
   */
  constructor(source: TokenSource, options: BearerOptions, own: readonly string[] = []) {
    if (typeof source?.getToken !== 'function' || typeof source.invalidate !== 'function') {
      throw new ConfigurationError('source', 'must be a token source, such as a TokenProvider');
    }
    if (typeof options !== 'object' || options === null) throw new ConfigurationError('origins', 'is required');
    checkNames('', options, new Set([...OPTIONS, ...own]));
    const { origins, request, replay, allowInsecure = false, otherOrigins = 'refuse' } = options;
    if (typeof allowInsecure !== 'boolean') throw new ConfigurationError('allowInsecure', 'must be true or false');
    if (otherOrigins !== 'refuse' && otherOrigins !== 'pass') {
      throw new ConfigurationError('otherOrigins', 'must be "refuse" or "pass"');
    }
    this.#source = source;
    this.#request = request;
    this.#isAllowed = originPredicate(origins, allowInsecure);
    this.#allowInsecure = allowInsecure;
    this.#passesOthers = otherOrigins === 'pass';
    this.replay = new ReplayPolicy(replay);
  }

  /**
   * Whether a request to this URL gets a token. False: it goes its way without one, since the caller wants it so.
   *
   * @throws {OriginNotAllowedError | InsecureUrlError} nothing may be sent
   */
  admits(url: URL): boolean {
    // No origin is that of a blob or of data, whatever origin its address names.
    const isAllowed = /^https?:$/.test(url.protocol) && this.#isAllowed(url);
    if (!isAllowed && this.#passesOthers) return false;
    if (!isAllowed) throw new OriginNotAllowedError(url.origin);
    if (!isSecureUrl(url) && !this.#allowInsecure) throw new InsecureUrlError(url.origin);
    return true;
  }

  /**
   * Refuses a URL that must not have a token, whatever the option `otherOrigins` says.
   *
   * @throws {OriginNotAllowedError | InsecureUrlError} nothing may be sent
   */
  check(url: URL): void {
    if (!this.admits(url)) throw new OriginNotAllowedError(url.origin);
  }

  /** @param request what this call asks for; the option `request` fills what it leaves out */
  getToken(signal?: AbortSignal | null, request?: TokenRequest): Promise<AccessToken> {
    return this.#source.getToken(this.#requestOf(request), signal ? { signal } : undefined);
  }

  /** The cached token, without a promise. Undefined: `getToken` has to be asked, which also answers an abort. */
  peekToken(signal?: AbortSignal | null, request?: TokenRequest): AccessToken | undefined {
    return signal?.aborted ? undefined : this.#source.peek?.(this.#requestOf(request));
  }

  /**
   * The headers for one request with a token. A token that is bound to a key comes with a new proof of it for this very
   * method and address (RFC 9449 §7).
   *
   * @throws {UnsafeTokenError} the token must not become part of a header
   */
  async headers(token: AccessToken, url: URL, method: string): Promise<TokenHeaders> {
    const authorization = authorizationOf(token);
    const prover = proverOf(token);
    return prover ? { authorization, dpop: await prover.prove(url, method, token.value) } : { authorization };
  }

  /**
   * The same without a promise. Undefined: the token is bound to a key, whose proof takes its time.
   *
   * @throws {UnsafeTokenError} the token must not become part of a header
   */
  bearerHeaders(token: AccessToken): TokenHeaders | undefined {
    return proverOf(token) ? undefined : { authorization: authorizationOf(token) };
  }

  /**
   * Takes notice of an answer, whatever its status: it may bring the nonce for the next proof. False: that is all there
   * is to it. True: it may be a rejection, for `tokenForReplay` to draw the conclusion.
   */
  hears({ token, url }: Pick<SentRequest, 'token' | 'url'>, verdict: Verdict): boolean {
    proverOf(token)?.remember(url, verdict.dpopNonce, token.value);
    return verdict.status === 401;
  }

  /**
   * Draws the conclusion from an answer, whatever its status: drops a rejected token, and gets the newer one with which
   * the request is to be sent again. The same one, where the server only wants its nonce in the proof. Undefined: the
   * answer goes to the caller as it is.
   */
  async tokenForReplay(
    sent: SentRequest,
    verdict: Verdict,
    signal?: AbortSignal | null,
  ): Promise<AccessToken | undefined> {
    if (!this.hears(sent, verdict)) return undefined;
    // Also with a nonce that is known by now: another request may have learnt it while this one was on its way.
    const hasNonce = proverOf(sent.token) !== undefined && Boolean(verdict.dpopNonce);
    const wantsNonce = hasNonce && isNonceWanted(verdict.status, verdict.wwwAuthenticate);
    if (!wantsNonce) {
      if (!isTokenRejected(verdict.status, verdict.wwwAuthenticate)) return undefined;
      try {
        await this.#source.invalidate(sent.token);
      } catch {
        // A hand-made source may fail here; the API's answer is still the caller's.
      }
    }
    const { method, body, isReplay, wasRedirected } = sent;
    const objection = isReplay ? 'already-replayed' : this.replay.objection(method, body, wasRedirected);
    if (objection !== undefined) return this.#skip(sent, objection);
    if (wantsNonce) return this.#replay(sent, sent.token);
    let token: AccessToken;
    try {
      token = await this.getToken(signal, sent.tokenRequest);
    } catch {
      // The API's own answer is at hand and says more than this failure, which the next call will meet itself.
      return signal?.aborted ? undefined : this.#skip(sent, 'refresh-failed');
    }
    return token.id === sent.token.id ? this.#skip(sent, 'no-newer-token') : this.#replay(sent, token);
  }

  #requestOf(request: TokenRequest | undefined): TokenRequest | undefined {
    if (request === undefined) return this.#request;
    // What is no object, and fields that are not known, are for the source to refuse.
    if (this.#request === undefined || typeof request !== 'object' || request === null) return request;
    return { ...request, ...mergeTokenRequests(this.#request, request) };
  }

  #replay(sent: SentRequest, token: AccessToken): AccessToken {
    const hub = eventHubOf(this.#source);
    if (hub?.isHeard) {
      hub.emit({ type: 'replayed', origin: sent.url.origin, rejectedTokenId: sent.token.id, tokenId: token.id });
    }
    return token;
  }

  #skip(sent: SentRequest, why: ReplaySkipReason): undefined {
    const hub = eventHubOf(this.#source);
    if (hub?.isHeard) {
      hub.emit({ type: 'replay-skipped', origin: sent.url.origin, rejectedTokenId: sent.token.id, why });
    }
    return undefined;
  }
}

function authorizationOf(token: AccessToken): string {
  const { tokenType, value } = token;
  if (!isHeaderSafe(value) || !isHeaderSafe(tokenType)) throw new UnsafeTokenError();
  return `${tokenType} ${value}`;
}
