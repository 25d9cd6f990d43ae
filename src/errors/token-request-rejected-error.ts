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
 * servers). Retryable with status 408, 429 or 5xx, or with `temporarily_unavailable` or `server_error`.
 */
export class TokenRequestRejectedError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_REQUEST_REJECTED';
  /** HTTP status of the answer. */
  readonly status: number;
  /** OAuth's `error`, verbatim, for example `invalid_client`. Undefined where the server named none. */
  readonly error: string | undefined;
  /** OAuth's `error_description` or what the server sends in its place, with secrets of the request masked. */
  readonly errorDescription: string | undefined;
  /** OAuth's `error_uri`, verbatim. */
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
