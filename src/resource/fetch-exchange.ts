import type { AccessToken } from '../values/access-token.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { Authoriser, TokenHeaders, Verdict } from './authoriser.ts';
import type { SentBody } from './replay-policy.ts';
import { describeBody } from './sent-body.ts';
import { spareBody } from './spare-body.ts';

/** A body, as far as it can be had a second time. */
export interface KeptBody {
  readonly description: SentBody;
  /** Undefined: there is none, or the request still has it. */
  readonly body?: RequestInit['body'];
}

/** That of which nothing is kept. */
export const SPENT: KeptBody = { description: 'spent' };

/** A request that is going to be sent. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  /** The caller's own, among which an `Authorization` may be. */
  readonly headers: Headers;
  readonly signal?: AbortSignal | null | undefined;
  /** What the token for it is asked for, where the call says so. */
  readonly tokenRequest?: TokenRequest | undefined;
  /** It was sent again already, before the client repeated it. Default: false. */
  readonly isReplay?: boolean;
  /** Called right before it is sent, which uses the body up, and only if it may be sent again. Never rejects. */
  readonly keepBody: () => Promise<KeptBody>;
}

/** One request on its way with a token, to its last answer: for fetch, and for clients that are built on it. */
export class FetchExchange {
  readonly #authoriser: Authoriser;
  readonly #outgoing: Outgoing;
  #carried: { readonly token: AccessToken; readonly headers: TokenHeaders } | undefined;
  #kept: Promise<KeptBody> | undefined;
  #isReplay: boolean;

  private constructor(authoriser: Authoriser, outgoing: Outgoing) {
    this.#authoriser = authoriser;
    this.#outgoing = outgoing;
    this.#isReplay = outgoing.isReplay === true;
  }

  /**
   * Checks where a request goes. Undefined: it is to be sent as it is, since its `Authorization` is the caller's or it
   * goes to a foreign origin that is let pass.
   *
   * @throws {OriginNotAllowedError | InsecureUrlError} nothing may be sent
   */
  static of(authoriser: Authoriser, outgoing: Outgoing): FetchExchange | undefined {
    const isOthers = outgoing.headers.has('authorization') || !authoriser.admits(outgoing.url);
    return isOthers ? undefined : new FetchExchange(authoriser, outgoing);
  }

  /** Gets the token, for which it rejects with what the token source does. Undefined: it was at hand. */
  begin(): Promise<void> | undefined {
    const { signal, tokenRequest } = this.#outgoing;
    const token = this.#authoriser.peekToken(signal, tokenRequest);
    const headers = token && this.#authoriser.bearerHeaders(token);
    return token && headers ? this.#carry(token, headers) : this.#wait(token);
  }

  async #wait(cached: AccessToken | undefined): Promise<void> {
    const { url, method, signal, tokenRequest } = this.#outgoing;
    const token = cached ?? (await this.#authoriser.getToken(signal, tokenRequest));
    this.#carry(token, await this.#authoriser.headers(token, url, method));
  }

  #carry(token: AccessToken, headers: TokenHeaders): undefined {
    this.#carried = { token, headers };
    if (this.#authoriser.replay.allowsMethod(this.#outgoing.method)) this.#kept ??= this.#outgoing.keepBody();
  }

  /** Puts the token into headers. */
  attachTo(headers: Headers): void {
    for (const [name, value] of Object.entries({ ...this.#carried?.headers })) headers.set(name, value);
  }

  /** Whether headers have the token, and no other `Authorization`. */
  isIn(headers: Headers): boolean {
    return headers.get('authorization') === this.#carried?.headers.authorization;
  }

  /**
   * Begins it, sends it, and once more if the token is rejected.
   *
   * @param send given what was kept of the body, where it is the second time
   */
  async answer(send: (again?: KeptBody) => Promise<Response>): Promise<Response> {
    const wait = this.begin();
    if (wait !== undefined) await wait; // else it is sent in the same turn
    const response = await send();
    const again = await this.replayOf(response);
    if (again === undefined) return response;
    const last = await send(again);
    await this.replayOf(last);
    return last;
  }

  /**
   * Draws the conclusion from the answer to a request that carried the token. What was kept of its body, if it is to be
   * sent again with the token that there is now, whose answer has to be told here as well; undefined: this answer is the
   * caller's.
   *
   * @param sent the request as it was sent in the end
   * @param isOtherBody its body is not the one that it began with
   */
  async replayOf(
    response: Response,
    { method, signal }: Pick<Outgoing, 'method' | 'signal'> = this.#outgoing,
    isOtherBody = false,
  ): Promise<KeptBody | undefined> {
    const { url, tokenRequest } = this.#outgoing;
    const { status, redirected: wasRedirected } = response;
    // A redirect went to another origin, without the token: what it answers says nothing about the token.
    if (!this.#carried || (wasRedirected && new URL(response.url).origin !== url.origin)) return undefined;
    const { token } = this.#carried;
    // A body that is still on its way may never end: whoever sends it may be waiting for this very answer.
    const kept = status === 401 && !isOtherBody ? await Promise.race([this.#kept ?? SPENT, SPENT]) : SPENT;
    const sent = { url, method, body: kept.description, token, tokenRequest, isReplay: this.#isReplay, wasRedirected };
    const newer = await this.#authoriser.tokenForReplay(sent, verdictOfResponse(response), signal);
    if (status === 401) signal?.throwIfAborted();
    if (newer === undefined) return undefined;
    response.body?.cancel().catch(() => {}); // nobody reads it any more: let its connection go
    this.#isReplay = true;
    this.#carried = { token: newer, headers: await this.#authoriser.headers(newer, url, method) };
    return kept;
  }
}

/**
 * Keeps a body as it was given, or a copy of the one inside a `Request`.
 *
 * @param given comes in place of the request's own
 */
export async function keepBody(
  { replay }: Authoriser,
  request: Request | undefined,
  given?: RequestInit['body'],
): Promise<KeptBody> {
  const body = given ?? undefined;
  if (body !== undefined || !request?.body) return { description: describeBody(body), body };
  const copy = await spareBody(request, replay.maxBodyBytes);
  return typeof copy === 'string' ? { description: copy } : { description: describeBody(copy), body: copy };
}

function verdictOfResponse({ status, headers }: Response): Verdict {
  return { status, wwwAuthenticate: headers.get('www-authenticate'), dpopNonce: headers.get('dpop-nonce') };
}
