import { type AcquisitionErrorDetails, TokenAcquisitionError } from './token-acquisition-error.ts';

/**
 * The token endpoint answered with something that is neither a token nor a readable error: HTML, nothing, cut
 * or oversized text, a redirect, a token that must not be used. Retryable with status 408, 425, 429 or 5xx, and where the
 * token expired on its way.
 */
export class TokenResponseError extends TokenAcquisitionError {
  readonly code = 'ERR_TOKENFLIGHT_RESPONSE';
  /** HTTP status of the answer; 0 where the platform hides it (a redirect in a browser). */
  readonly status: number;
  /** At most 200 characters of the answer, only plain words of it: no token, no secret, no markup. */
  readonly excerpt: string;

  constructor(
    problem: string,
    answer: { readonly status: number; readonly excerpt?: string },
    details: AcquisitionErrorDetails,
  ) {
    const excerpt = answer.excerpt ?? '';
    super(
      `unusable answer of the token endpoint (status ${answer.status}): ${problem}${excerpt && `; it reads: ${excerpt}`}`,
      details,
    );
    this.status = answer.status;
    this.excerpt = excerpt;
  }
}
