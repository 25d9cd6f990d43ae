import { type AcquisitionErrorDetails, TokenAcquisitionError } from './token-acquisition-error.ts';

/**
 * The issuer's metadata could not be had, or will not do: another issuer, no token endpoint. Retryable, after
 * `retryAfterMs`: sooner nobody asks. `cause` retells what was wrong.
 */
export class DiscoveryError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_DISCOVERY';
  /** The issuer that was asked. */
  readonly issuer: string;

  constructor(issuer: string, details: AcquisitionErrorDetails) {
    super(`the metadata of the issuer ${issuer} could not be had`, { ...details, retryable: true });
    this.issuer = issuer;
  }
}
