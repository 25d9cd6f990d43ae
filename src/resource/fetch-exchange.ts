import type { AccessToken } from '../values/access-token.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { Authoriser, TokenHeaders } from './authoriser.ts';
import { hasLeft, verdictOfResponse } from './fetch-answer.ts';
import type { SentBody } from './replay-policy.ts';
import { spareBody } from './spare-body.ts';

export interface ExchangeOptions {
  /** What the token for this call is asked for, where the call says so. */
  readonly tokenRequest?: TokenRequest | undefined;
  /** Its body is known to be a stream, of which no copy is kept. Default: false, since a `Request` does not tell. */
  readonly isStream?: boolean;
  /** It was sent again already, before the client repeated it. Default: false. */
  readonly isReplay?: boolean;
}

type KeptBody = Exclude<Awaited<ReturnType<typeof spareBody>>, string> | 'too-large' | 'spent' | undefined;

/** One `Request` on its way with a token, to its last answer: for clients that are built on fetch. */
export class FetchExchange {
  readonly #authoriser: Authoriser;
  readonly #url: URL;
  readonly #tokenRequest: TokenRequest | undefined;
  readonly #body: Promise<KeptBody>;
  #token: AccessToken;
  #headers: TokenHeaders;
  #isReplay: boolean;

  private constructor(
    authoriser: Authoriser,
    request: Request,
    { tokenRequest, isStream = false, isReplay = false }: ExchangeOptions,
    token: AccessToken,
    headers: TokenHeaders,
  ) {
    this.#authoriser = authoriser;
    this.#url = new URL(request.url);
    this.#tokenRequest = tokenRequest;
    const isKept = !isStream && authoriser.replay.allowsMethod(request.method);
    this.#body = isKept ? keepBody(request, authoriser) : Promise.resolve('spent' as const);
    this.#token = token;
    this.#headers = headers;
    this.#isReplay = isReplay;
  }

  /**
   * Checks where a request goes, and gets the token for it; from then on its body is copied while it is sent.
   * Undefined: it is to be sent as it is, since its `Authorization` is the caller's or it goes to a foreign origin that
   * is let pass.
   *
   * @throws {OriginNotAllowedError | InsecureUrlError} nothing may be sent; or what the token source throws
   */
  static async begin(
    authoriser: Authoriser,
    request: Request,
    options: ExchangeOptions = {},
  ): Promise<FetchExchange | undefined> {
    const { signal, method } = request;
    const url = new URL(request.url);
    if (request.headers.has('authorization') || !authoriser.admits(url)) return undefined;
    const wanted = options.tokenRequest;
    const token = authoriser.peekToken(signal, wanted) ?? (await authoriser.getToken(signal, wanted));
    const headers = authoriser.bearerHeaders(token) ?? (await authoriser.headers(token, url, method));
    return new FetchExchange(authoriser, request, options, token, headers);
  }

  /** Puts the token into headers. */
  attachTo(headers: Headers): void {
    for (const [name, value] of Object.entries(this.#headers)) headers.set(name, value);
  }

  /**
   * Draws the conclusion from the answer to a request that carried the token. The request that is to be sent in its
   * place, whose answer has to be told here as well; undefined: this answer is the caller's.
   *
   * @param sent the request as it was sent in the end
   * @param isOtherBody its body is not the one that it began with
   */
  async replayOf(sent: Request, response: Response, isOtherBody = false): Promise<Request | undefined> {
    if (sent.headers.get('authorization') !== this.#headers.authorization) return undefined; // replaced on its way
    if (hasLeft(this.#url, response)) return undefined;
    const { status, redirected: wasRedirected } = response;
    // A body that is still on its way may never end: whoever sends it may be waiting for this very answer.
    const isKept = status === 401 && !isOtherBody;
    const body = isKept ? await Promise.race([this.#body, 'spent' as const]) : 'spent';
    const { method } = sent;
    const [url, token, tokenRequest, isReplay] = [this.#url, this.#token, this.#tokenRequest, this.#isReplay];
    const request = { url, method, body: described(body), token, tokenRequest, isReplay, wasRedirected };
    const newer = await this.#authoriser.tokenForReplay(request, verdictOfResponse(response), sent.signal);
    if (status === 401) sent.signal.throwIfAborted();
    if (newer === undefined) return undefined;
    response.body?.cancel().catch(() => {}); // nobody reads it any more: let its connection go
    this.#token = newer;
    this.#isReplay = true;
    this.#headers = await this.#authoriser.headers(newer, url, method);
    const headers = new Headers(sent.headers);
    this.attachTo(headers);
    return new Request(sent, { headers, ...(body instanceof Uint8Array && { body }) });
  }
}

async function keepBody(request: Request, { replay }: Authoriser): Promise<KeptBody> {
  return request.body ? spareBody(request, replay.maxBodyBytes) : undefined;
}

function described(body: KeptBody): SentBody {
  return typeof body === 'string' ? body : { bytes: body?.byteLength ?? 0 };
}
