import { bindToken, type ProofOfPossession } from './proof-of-possession.ts';

/** What an {@link AccessToken} is made of. */
export interface AccessTokenFields {
  readonly value: string;
  readonly tokenType: string;
  readonly id: string;
  readonly expiresAtMs: number;
  readonly scope?: string | undefined;
  readonly response?: Readonly<Record<string, unknown>> | undefined;
  /** Proves possession of the key that the token is bound to, see {@link proverOf}. */
  readonly dpop?: ProofOfPossession | undefined;
  /** What the maker of the token knows it by again, see {@link ownerOf}. */
  readonly owner?: object | undefined;
}

/** Whoever made this token and gave itself as its owner. Undefined for anything else. */
export let ownerOf: (token: unknown) => object | undefined;

/** An access token. One of a provider's prints redacted whichever way it is printed: `value` is only had by asking for it. */
export interface AccessToken {
  /** The token itself: visible ASCII, ready for a header. */
  readonly value: string;
  /** The scheme for the `Authorization` header: `Bearer`, or `DPoP` for a token that is bound to a key. */
  readonly tokenType: string;
  /** First 16 characters of the token's SHA-256 (base64url): safe to log, the same in every process. */
  readonly id: string;
  /** When it ends by this machine's wall clock at the time it was asked for. An invalid date: not known. */
  readonly expiresAt: Date;
  /** The scope granted, as the server named it. Undefined where it named none. */
  readonly scope?: string | undefined;
  /** Further members of the server's answer (`instance_url`, `id_token`, …). They may be secret. */
  readonly response: Readonly<Record<string, unknown>>;
}

class RedactedToken implements AccessToken {
  readonly tokenType: string;
  readonly id: string;
  readonly scope: string | undefined;
  readonly #value: string;
  readonly #expiresAtMs: number;
  readonly #response: Readonly<Record<string, unknown>>;
  readonly #owner: object | undefined;

  static {
    ownerOf = (token) => (typeof token === 'object' && token !== null && #owner in token ? token.#owner : undefined);
    Object.defineProperty(RedactedToken.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: RedactedToken): string {
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
    if (fields.dpop !== undefined) bindToken(this, fields.dpop);
  }

  get value(): string {
    return this.#value;
  }

  get expiresAt(): Date {
    return new Date(this.#expiresAtMs);
  }

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

/** Makes access tokens. Under the name of what it makes: callers know the interface only, which tests can fill by hand. */
export const AccessToken: new (fields: AccessTokenFields) => AccessToken = RedactedToken;
