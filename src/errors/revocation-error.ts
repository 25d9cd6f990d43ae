import { TokenflightError } from './tokenflight-error.ts';

/** A token could not be revoked. It is no longer used here in any case, and may be valid until its end. */
export class RevocationError extends TokenflightError {
  readonly code = 'ERR_TOKENFLIGHT_REVOCATION';

  constructor(problem: string, cause?: unknown) {
    super(`the token was not revoked: ${problem}`, cause === undefined ? {} : { cause });
  }
}
