import { type AcquisitionErrorDetails, TokenAcquisitionError } from './token-acquisition-error.ts';

/** The token endpoint did not answer in time. Retryable. `cause` is the last failed attempt, if there was one. */
export class TokenRequestTimeoutError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_TIMEOUT';
  /** The limit that ran out: `attemptTimeoutMs` or `timeoutMs`. */
  readonly timeoutMs: number;

  constructor(option: string, timeoutMs: number, details: AcquisitionErrorDetails) {
    super(`no token within ${timeoutMs} ms (option "${option}")`, { ...details, retryable: true });
    this.timeoutMs = timeoutMs;
  }
}
