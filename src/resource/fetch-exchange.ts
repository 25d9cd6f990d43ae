import type { AccessToken } from '../values/access-token.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { Authoriser, TokenHeaders, Verdict } from './authoriser.ts';
import { type BodyKeeper, type KeptBody, SPENT } from './kept-body.ts';

/** How long an answer waits for the copy of the body that it answers. */
const BODY_PATIENCE_MS = 1_000;

/** A request that is going to be sent. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  /** The caller set an `Authorization` of its own. */
  readonly hasAuthorization: boolean;
  readonly signal?: AbortSignal | null | undefined;
  /** What the token for it is asked for, where the call says so. */
  readonly tokenRequest?: TokenRequest | undefined;
  /** It was sent again already, before the client repeated it. Default: false. */
  readonly isReplay?: boolean;
  readonly body: BodyKeeper;
}

/** One request on its way with a token, to its last answer: for fetch, and for clients that are built on it. */
export interface FetchExchange {
  /** Gets the token, for which it rejects with what the token source does. Undefined: it was at hand. */
  begin(): Promise<void> | undefined;
  /** Puts the token into headers, in whichever of the two forms they are. */
  attachTo(headers: Headers | Record<string, string>): void;
  /**
   * Begins it, sends it, and once more if the token is rejected.
   *
   * @param send given what was kept of the body, where it is the second time
   */
  answer(send: (again?: KeptBody) => Promise<Response>): Promise<Response>;
  /** To be told once there is nothing more to conclude, for whoever does not use `answer`. */
  end(): void;
  /**
   * Draws the conclusion from the answer to a request that carried the token. What was kept of its body, if it is to be
   * sent again with the token that there is now, whose answer has to be told here as well; undefined: this answer is the
   * caller's.
   *
   * @param sent the request as it was sent in the end. Default: as it was to be
   * @param isOtherBody its body is not the one that it began with
   */
  replayOf(
    response: Response,
    sent?: Pick<Outgoing, 'method' | 'signal'>,
    isOtherBody?: boolean,
  ): Promise<KeptBody | undefined>;
}

/**
 * Checks where a request goes. Undefined: it is to be sent as it is, since its `Authorization` is the caller's or it goes
 * to a foreign origin that is let pass.
 *
 * @throws {OriginNotAllowedError | InsecureUrlError} nothing may be sent
 */
export function fetchExchange(authoriser: Authoriser, outgoing: Outgoing): FetchExchange | undefined {
  const { url, method, signal, tokenRequest } = outgoing;
  if (outgoing.hasAuthorization || !authoriser.admits(url)) return undefined;
  let { isReplay = false } = outgoing;
  let token: AccessToken;
  let carried: TokenHeaders;
  let kept: Promise<KeptBody> | KeptBody = SPENT;

  const carry = (current: AccessToken, headers: TokenHeaders): undefined => {
    [token, carried] = [current, headers];
    if (authoriser.replay.allowsMethod(method)) kept = outgoing.body.keep();
  };
  const wait = async (cached: AccessToken | undefined): Promise<void> => {
    const current = cached ?? (await authoriser.getToken(signal, tokenRequest));
    carry(current, await authoriser.headers(current, url, method));
  };
  const exchange: FetchExchange = {
    begin() {
      const cached = authoriser.peekToken(signal, tokenRequest);
      const headers = cached && authoriser.bearerHeaders(cached);
      if (cached && headers) return carry(cached, headers);
      outgoing.body.hold?.();
      return wait(cached);
    },
    attachTo(headers) {
      if (!isHeaders(headers)) Object.assign(headers, carried);
      else for (const [name, value] of Object.entries(carried)) headers.set(name, value);
    },
    async answer(send) {
      const waiting = exchange.begin();
      if (waiting !== undefined) await waiting; // else it is sent in the same turn
      let again: KeptBody | undefined;
      try {
        for (;;) {
          const response = await send(again);
          again = await exchange.replayOf(response); // undefined at the latest for the answer to a replay
          if (again === undefined) return response;
        }
      } finally {
        exchange.end();
      }
    },
    end: () => outgoing.body.drop?.(),
    async replayOf(response, sent = outgoing, isOtherBody = false) {
      const { redirected: wasRedirected } = response;
      // A redirect went to another origin, without the token: what it answers says nothing about the token.
      if (wasRedirected && new URL(response.url).origin !== url.origin) return undefined;
      const verdict = new ResponseVerdict(response);
      if (!authoriser.hears({ token, url }, verdict)) return undefined;
      const again = isOtherBody ? SPENT : await inTime(kept);
      const request = {
        url,
        method: sent.method,
        body: again.description,
        token,
        tokenRequest,
        isReplay,
        wasRedirected,
      };
      const newer = await authoriser.tokenForReplay(request, verdict, sent.signal);
      sent.signal?.throwIfAborted();
      if (newer === undefined) return undefined;
      response.body?.cancel().catch(() => {}); // nobody reads it any more: let its connection go
      isReplay = true;
      token = newer;
      carried = await authoriser.headers(newer, url, sent.method);
      return again;
    },
  };
  return exchange;
}

// Engines hand the end of a copy over when they like, be it after the answer, even of a body that was in memory. One
// that is still on its way after that may never end: whoever sends it may be waiting for this very answer.
async function inTime(kept: Promise<KeptBody> | KeptBody): Promise<KeptBody> {
  if ('description' in kept) return kept;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<KeptBody>((resolve) => {
    timer = setTimeout(resolve, BODY_PATIENCE_MS, SPENT);
  });
  return Promise.race([kept, late]).finally(() => clearTimeout(timer));
}

/** Headers are read only if somebody asks: most answers are no rejections, and looking a header up takes its time. */
class ResponseVerdict implements Verdict {
  readonly status: number;
  readonly #headers: Headers;

  constructor({ status, headers }: Response) {
    this.status = status;
    this.#headers = headers;
  }

  get wwwAuthenticate(): string | null {
    return this.#headers.get('www-authenticate');
  }

  get dpopNonce(): string | null {
    return this.#headers.get('dpop-nonce');
  }
}

function isHeaders(headers: Headers | Record<string, string>): headers is Headers {
  return typeof headers['set'] === 'function'; // also of another realm or package
}
