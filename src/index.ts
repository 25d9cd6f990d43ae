export { ConfigurationError } from './errors/configuration-error.ts';
export { CredentialUnavailableError } from './errors/credential-unavailable-error.ts';
export { InsecureUrlError } from './errors/insecure-url-error.ts';
export { OriginNotAllowedError } from './errors/origin-not-allowed-error.ts';
export { ProviderClosedError } from './errors/provider-closed-error.ts';
export { TokenAcquisitionError } from './errors/token-acquisition-error.ts';
export { TokenEndpointUnreachableError } from './errors/token-endpoint-unreachable-error.ts';
export { TokenRequestRejectedError } from './errors/token-request-rejected-error.ts';
export { TokenRequestTimeoutError } from './errors/token-request-timeout-error.ts';
export { TokenResponseError } from './errors/token-response-error.ts';
export { isTokenflightError, TokenflightError, type TokenflightErrorCode } from './errors/tokenflight-error.ts';
export { UnsafeTokenError } from './errors/unsafe-token-error.ts';
export {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  none,
  type Secret,
} from './protocol/client-authentication.ts';
export { clientCredentials, type Grant, type GrantParameters, grant } from './protocol/grant.ts';
export type { Transport } from './protocol/transport.ts';
export type { RetryOptions, TokenProviderOptions } from './provider/provider-options.ts';
export { staticTokenSource } from './provider/static-token-source.ts';
export { TokenProvider } from './provider/token-provider.ts';
export type { RefreshReason, ReplaySkipReason, TokenEvent, TokenEventListener } from './telemetry/events.ts';
export type { AccessToken } from './values/access-token.ts';
export type { BackoffPolicy } from './values/backoff.ts';
export type { Clock } from './values/clock.ts';
export type { TokenRequest, TokenRequestSummary } from './values/token-request.ts';
export type { GetTokenOptions, TokenSource } from './values/token-source.ts';
