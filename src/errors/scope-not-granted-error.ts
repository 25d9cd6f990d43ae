import { type AcquisitionErrorDetails, TokenAcquisitionError } from './token-acquisition-error.ts';

/** The server granted less than was asked for, and the option `rejectNarrowerScope` makes that an error. Not retryable. */
export class ScopeNotGrantedError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_SCOPE_NOT_GRANTED';
  /** The scopes that are missing. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[], details: AcquisitionErrorDetails) {
    super(`the server did not grant the scope ${missing.join(' ')}`, details);
    this.missing = missing;
  }
}
