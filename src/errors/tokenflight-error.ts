/**
 * Every stable code an error of this package can carry. Codes are never renamed; new ones may be added.
 */
export type TokenflightErrorCode =
  | 'ERR_TOKENFLIGHT_CONFIGURATION'
  | 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE'
  | 'ERR_TOKENFLIGHT_DISCOVERY'
  | 'ERR_TOKENFLIGHT_INSECURE_URL'
  | 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED'
  | 'ERR_TOKENFLIGHT_PROVIDER_CLOSED'
  | 'ERR_TOKENFLIGHT_REQUEST_REJECTED'
  | 'ERR_TOKENFLIGHT_RESPONSE'
  | 'ERR_TOKENFLIGHT_REVOCATION'
  | 'ERR_TOKENFLIGHT_SCOPE_NOT_GRANTED'
  | 'ERR_TOKENFLIGHT_TIMEOUT'
  | 'ERR_TOKENFLIGHT_UNREACHABLE'
  | 'ERR_TOKENFLIGHT_UNSAFE_TOKEN';

export interface TokenflightErrorDetails {
  readonly cause?: unknown;
  /** Whether the same request may succeed later without anybody changing anything. Default: false. */
  readonly retryable?: boolean;
  /** What the server asked to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** What an error of this package is known by, also across two installed copies. */
export const brand: unique symbol = Symbol.for('tokenflight.error');

/**
 * Base of all errors of this package. Recognise one with `isTokenflightError`, which also works across two installed
 * copies; `instanceof` does not.
 */
export abstract class TokenflightError extends Error {
  /** Stable, for programs; the message is for people and may change. */
  abstract readonly code: TokenflightErrorCode;
  /** Whether the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What the server asked to wait (`Retry-After`), in milliseconds, uncapped. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: TokenflightErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }

  // On the prototype, so that it costs nothing per error and does not show when one is printed.
  static {
    Object.defineProperty(TokenflightError.prototype, brand, { value: true });
    Object.defineProperty(TokenflightError.prototype, 'name', {
      configurable: true,
      get(this: object): string {
        return this.constructor.name;
      },
    });
  }
}
