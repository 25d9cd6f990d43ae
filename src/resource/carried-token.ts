import type { AccessToken } from '../values/access-token.ts';
import type { TokenHeaders } from './authoriser.ts';

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
  readonly token: AccessToken;
  readonly #headers: TokenHeaders;
  readonly #request: CarryingRequest;
  readonly #origin: string;

  /** Puts the headers on. */
  constructor(token: AccessToken, headers: TokenHeaders, request: CarryingRequest, checked: URL) {
    this.token = token;
    this.#headers = headers;
    this.#request = request;
    this.#origin = checked.origin;
    Object.assign(request.headers, headers);
  }

  /**
   * @param request a copy of the request, if it is not the one that the headers were put on
   * @returns false if another has put an `authorization` of its own in its place
   */
  takeOff({ headers }: CarryingRequest = this.#request): boolean {
    const { authorization: present = this.#headers.authorization } = headers;
    for (const [name, value] of Object.entries(this.#headers)) if (headers[name] === value) delete headers[name];
    return present === this.#headers.authorization;
  }

  /** Where the request goes by now, if somebody has put another origin in the place of the one that was checked. */
  get movedTo(): URL | undefined {
    const url = new URL(this.#request.url as string | URL);
    return url.origin === this.#origin ? undefined : url;
  }
}
