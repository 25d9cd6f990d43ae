import { TokenflightError } from './tokenflight-error.ts';

/**
 * A token would travel over plain HTTP to a host that is not loopback. Nothing was sent. Use https, or the
 * option `allowInsecure` where the network itself is trusted.
 */
export class InsecureUrlError extends TokenflightError {
  readonly code = 'ERR_TOKENFLIGHT_INSECURE_URL';
  /** Scheme, host and port that were asked for. */
  readonly origin: string;

  constructor(origin: string) {
    super(`no token is sent to ${origin} without TLS: use https, or set the option "allowInsecure"`);
    this.origin = origin;
  }
}
