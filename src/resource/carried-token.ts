import type { AccessToken } from '../values/access-token.ts';
import type { Authoriser, SentRequest, TokenHeaders } from './authoriser.ts';

/** The part of a host's request that says where it goes and what it carries. */
export interface CarryingRequest {
  readonly url?: string | URL | undefined;
  readonly headers: Record<string, unknown>;
}

/**
 * A token on the request of a host that keeps its requests and shows them in errors: the headers are taken off again
 * once they are sent. Whoever looks into this finds neither.
 */
export class CarriedToken {
  readonly #token: AccessToken;
  readonly #headers: TokenHeaders;
  readonly #request: CarryingRequest;
  readonly #origin: string;
  #isReplaced = false;

  /** Puts the headers on. */
  constructor(token: AccessToken, headers: TokenHeaders, request: CarryingRequest, checked: URL) {
    this.#token = token;
    this.#headers = headers;
    this.#request = request;
    this.#origin = checked.origin;
    Object.assign(request.headers, headers);
  }

  /** @param request a copy of the request, if it is not the one that the headers were put on */
  takeOff({ headers }: CarryingRequest = this.#request): void {
    const { authorization: present = this.#headers.authorization } = headers;
    if (present !== this.#headers.authorization) this.#isReplaced = true;
    for (const [name, value] of Object.entries(this.#headers)) if (headers[name] === value) delete headers[name];
  }

  /** The request as it was sent. Undefined: another took the token off, or put an `authorization` of its own in its place. */
  sent(
    { url, method }: Pick<CarryingRequest, 'url'> & { readonly method: string },
    rest: Pick<SentRequest, 'body' | 'tokenRequest' | 'isReplay'>,
  ): SentRequest | undefined {
    return this.#isReplaced ? undefined : { ...rest, url: new URL(url as string | URL), method, token: this.#token };
  }

  /**
   * To be asked when the request is about to leave: why it must not, with the token. Since the check, somebody may have
   * given it an address where the token may not go. Undefined: it may leave.
   */
  objection(authoriser: Authoriser): Error | undefined {
    if (this.#request.headers['authorization'] !== this.#headers.authorization) this.#isReplaced = true;
    const url = new URL(this.#request.url as string | URL);
    if (this.#isReplaced || url.origin === this.#origin) return undefined;
    try {
      authoriser.check(url);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}
