import { TokenflightError } from './tokenflight-error.ts';

/**
 * A request goes to an origin that the adapter's `origins` does not name. Nothing was sent. Either the URL is
 * wrong, or the origin belongs into `origins`.
 */
export class OriginNotAllowedError extends TokenflightError {
  readonly code = 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED';
  /** Scheme, host and port that were asked for. */
  readonly origin: string;

  constructor(origin: string) {
    super(`no token is sent to ${origin}: add it to the option "origins" if that is meant`);
    this.origin = origin;
  }
}
