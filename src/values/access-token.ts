/** What an {@link AccessToken} is made of. */
export interface AccessTokenFields {
  readonly value: string;
  readonly tokenType: string;
  readonly id: string;
  readonly expiresAtMs: number;
  readonly scope?: string | undefined;
  readonly response?: Readonly<Record<string, unknown>> | undefined;
  /** What the maker of the token knows it by again, see {@link ownerOf}. */
  readonly owner?: object | undefined;
}

/** Whoever made this token and gave itself as its owner. Undefined for anything else. */
export let ownerOf: (token: unknown) => object | undefined;

/**
 * An access token. It prints redacted whichever way it is printed: `value` is only had by asking for it.
 */
export class AccessToken {
  /** The scheme for the `Authorization` header: `Bearer`. */
  readonly tokenType: string;
  /** First 16 characters of the token's SHA-256 (base64url): safe to log, the same in every process. */
  readonly id: string;
  /** The scope granted, as the server named it. Undefined where it named none. */
  readonly scope: string | undefined;
  readonly #value: string;
  readonly #expiresAtMs: number;
  readonly #response: Readonly<Record<string, unknown>>;
  readonly #owner: object | undefined;

  static {
    ownerOf = (token) => (typeof token === 'object' && token !== null && #owner in token ? token.#owner : undefined);
    Object.defineProperty(AccessToken.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: AccessToken): string {
        return this.toString();
      },
    });
  }

  constructor(fields: AccessTokenFields) {
    this.tokenType = fields.tokenType;
    this.id = fields.id;
    this.scope = fields.scope;
    this.#value = fields.value;
    this.#expiresAtMs = fields.expiresAtMs;
    this.#response = fields.response ?? {};
    this.#owner = fields.owner;
    Object.freeze(this);
  }

  /** The token itself: visible ASCII, ready for a header. */
  get value(): string {
    return this.#value;
  }

  /** When it ends by this machine's wall clock at the time it was asked for. An invalid date: not known. */
  get expiresAt(): Date {
    return new Date(this.#expiresAtMs);
  }

  /** Further members of the server's answer (`instance_url`, `id_token`, …). They may be secret. */
  get response(): Readonly<Record<string, unknown>> {
    return this.#response;
  }

  toJSON(): { id: string; tokenType: string; expiresAt: Date; scope: string | undefined } {
    return { id: this.id, tokenType: this.tokenType, expiresAt: this.expiresAt, scope: this.scope };
  }

  toString(): string {
    return `[AccessToken ${this.id}]`;
  }
}
