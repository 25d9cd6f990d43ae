import { TokenflightError } from './tokenflight-error.ts';

/** The provider was closed before or while the token was asked for. */
export class ProviderClosedError extends TokenflightError {
  readonly code = 'ERR_TOKENFLIGHT_PROVIDER_CLOSED';

  constructor() {
    super('the token provider is closed');
  }
}
