import { type AcquisitionErrorDetails, TokenAcquisitionError } from './token-acquisition-error.ts';

export interface TokenRequestRejection {
  readonly status: number;
  readonly error?: string | undefined;
  readonly errorDescription?: string | undefined;
  readonly errorUri?: string | undefined;
}

const NOT_OF_ONE_LINE = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/**
 * The token endpoint said no, in a form that could be read (RFC 6749 §5.2, or one of the shapes seen from real
 * servers). Retryable with status 408, 425 or 429; with any 5xx, unless the error is a final one such as
 * `invalid_client`; with `temporarily_unavailable`, `server_error` or `slow_down`; and with `use_dpop_nonce`, where proofs
 * are sent. Its texts have the secrets of the request masked, and are cut at 1,000 characters at the latest.
 */
export class TokenRequestRejectedError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_REQUEST_REJECTED';
  /** HTTP status of the answer. */
  readonly status: number;
  /**
   * OAuth's `error`, for example `invalid_client`, or the code that the server sends in its place; `unknown_error` if it
   * sends something else there, such as a message only. Undefined where it sends nothing.
   */
  readonly error: string | undefined;
  /** OAuth's `error_description` or what the server sends in its place. */
  readonly errorDescription: string | undefined;
  /** OAuth's `error_uri`. */
  readonly errorUri: string | undefined;

  constructor(rejection: TokenRequestRejection, details: AcquisitionErrorDetails) {
    const { status, error, errorDescription } = rejection;
    const said = [error, errorDescription].filter((part) => part !== undefined).join(': ') || 'no reason given';
    // Messages end in logs, where a line of the server's own must not look like one of theirs.
    super(`the token endpoint refused (status ${status}): ${said.replace(NOT_OF_ONE_LINE, ' ')}`, details);
    this.status = status;
    this.error = error;
    this.errorDescription = errorDescription;
    this.errorUri = rejection.errorUri;
  }
}
