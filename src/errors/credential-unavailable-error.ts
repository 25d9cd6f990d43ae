import { type AcquisitionErrorDetails, TokenAcquisitionError } from './token-acquisition-error.ts';

/**
 * The user's own function for the client secret, an assertion or a grant's parameter failed or gave nothing
 * usable, so that no token request could be made; or the store did not say which refresh token is the newest, while nobody
 * needed another token. Retryable. `cause` retells the function's error: its name, code,
 * stack and causes, and of the messages the plain words only, since they may quote a secret.
 */
export class CredentialUnavailableError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE';

  constructor(problem: string, details: AcquisitionErrorDetails) {
    super(problem, { ...details, retryable: true });
  }
}
