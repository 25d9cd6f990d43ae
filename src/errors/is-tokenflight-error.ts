import type { ConfigurationError } from './configuration-error.ts';
import type { CredentialUnavailableError } from './credential-unavailable-error.ts';
import type { DiscoveryError } from './discovery-error.ts';
import type { InsecureUrlError } from './insecure-url-error.ts';
import type { OriginNotAllowedError } from './origin-not-allowed-error.ts';
import type { ProviderClosedError } from './provider-closed-error.ts';
import type { RevocationError } from './revocation-error.ts';
import type { ScopeNotGrantedError } from './scope-not-granted-error.ts';
import type { TokenEndpointUnreachableError } from './token-endpoint-unreachable-error.ts';
import type { TokenRequestRejectedError } from './token-request-rejected-error.ts';
import type { TokenRequestTimeoutError } from './token-request-timeout-error.ts';
import type { TokenResponseError } from './token-response-error.ts';
import { brand, type TokenflightErrorCode } from './tokenflight-error.ts';
import type { UnsafeTokenError } from './unsafe-token-error.ts';

/** Which class an error of each code is. */
export interface TokenflightErrors extends Record<TokenflightErrorCode, Error> {
  readonly ERR_TOKENFLIGHT_CONFIGURATION: ConfigurationError;
  readonly ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE: CredentialUnavailableError;
  readonly ERR_TOKENFLIGHT_DISCOVERY: DiscoveryError;
  readonly ERR_TOKENFLIGHT_INSECURE_URL: InsecureUrlError;
  readonly ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED: OriginNotAllowedError;
  readonly ERR_TOKENFLIGHT_PROVIDER_CLOSED: ProviderClosedError;
  readonly ERR_TOKENFLIGHT_REQUEST_REJECTED: TokenRequestRejectedError;
  readonly ERR_TOKENFLIGHT_RESPONSE: TokenResponseError;
  readonly ERR_TOKENFLIGHT_REVOCATION: RevocationError;
  readonly ERR_TOKENFLIGHT_SCOPE_NOT_GRANTED: ScopeNotGrantedError;
  readonly ERR_TOKENFLIGHT_TIMEOUT: TokenRequestTimeoutError;
  readonly ERR_TOKENFLIGHT_UNREACHABLE: TokenEndpointUnreachableError;
  readonly ERR_TOKENFLIGHT_UNSAFE_TOKEN: UnsafeTokenError;
}

/**
 * Whether a caught value is an error of this package and, when a code is given, that very error. TypeScript then knows
 * its class; without a code, that is told by `error.code`.
 *
 * @example
 * if (isTokenflightError(error, 'ERR_TOKENFLIGHT_REQUEST_REJECTED')) alert(error.errorDescription);
 */
export function isTokenflightError<C extends TokenflightErrorCode = TokenflightErrorCode>(
  value: unknown,
  code?: C,
): value is TokenflightErrors[C] {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false;
  return code === undefined || (value as { code?: unknown }).code === code;
}
