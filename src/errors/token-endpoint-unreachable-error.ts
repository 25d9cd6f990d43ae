import { type AcquisitionErrorDetails, TokenAcquisitionError } from './token-acquisition-error.ts';

/**
 * The token request never got a whole answer: no connection, a reset, a body that was cut. Retryable. `cause`
 * retells the platform's own error.
 */
export class TokenEndpointUnreachableError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_UNREACHABLE';

  constructor(details: AcquisitionErrorDetails) {
    super('the token endpoint could not be reached or broke off its answer', { ...details, retryable: true });
  }
}
