import { TokenflightError, type TokenflightErrorDetails } from './tokenflight-error.ts';

export interface AcquisitionErrorDetails extends TokenflightErrorDetails {
  /** The provider's monotonic clock, in milliseconds: the error tells its own age by it. */
  readonly nowMs: () => number;
}

/**
 * Base of the errors that end a token request. While the cool-down after such a failure runs, further callers
 * are answered with the very same error; `ageMs` then says how old the failure is.
 */
export abstract class TokenAcquisitionError extends TokenflightError {
  readonly #failedAtMs: number;
  readonly #nowMs: () => number;

  constructor(message: string, details: AcquisitionErrorDetails) {
    super(message, details);
    this.#nowMs = details.nowMs;
    this.#failedAtMs = details.nowMs();
  }

  /** Milliseconds since the token request failed, by the provider's monotonic clock. */
  get ageMs(): number {
    return this.#nowMs() - this.#failedAtMs;
  }
}
