import { TokenflightError } from './tokenflight-error.ts';

/**
 * An option or a token request is missing, malformed or contradicts another. Thrown where the option is given:
 * by a constructor, or by the call that carries the request.
 */
export class ConfigurationError extends TokenflightError {
  readonly code = 'ERR_TOKENFLIGHT_CONFIGURATION';
  /** The option's name, for example `tokenUrl` or `retry.maxDelayMs`. */
  readonly option: string;

  constructor(option: string, problem: string, cause?: unknown) {
    super(`${option}: ${problem}`, cause === undefined ? {} : { cause });
    this.option = option;
  }
}
