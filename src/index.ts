export { ConfigurationError } from './errors/configuration-error.ts';
export { CredentialUnavailableError } from './errors/credential-unavailable-error.ts';
export { DiscoveryError } from './errors/discovery-error.ts';
export { InsecureUrlError } from './errors/insecure-url-error.ts';
export { isTokenflightError, type TokenflightErrors } from './errors/is-tokenflight-error.ts';
export { OriginNotAllowedError } from './errors/origin-not-allowed-error.ts';
export { ProviderClosedError } from './errors/provider-closed-error.ts';
export { RevocationError } from './errors/revocation-error.ts';
export { ScopeNotGrantedError } from './errors/scope-not-granted-error.ts';
export { TokenAcquisitionError } from './errors/token-acquisition-error.ts';
export { TokenEndpointUnreachableError } from './errors/token-endpoint-unreachable-error.ts';
export { TokenRequestRejectedError } from './errors/token-request-rejected-error.ts';
export { TokenRequestTimeoutError } from './errors/token-request-timeout-error.ts';
export { TokenResponseError } from './errors/token-response-error.ts';
export { TokenflightError, type TokenflightErrorCode } from './errors/tokenflight-error.ts';
export { UnsafeTokenError } from './errors/unsafe-token-error.ts';
export type { AuthorizationServer } from './protocol/authorization-server.ts';
export {
  type AssertionOptions,
  clientAssertion,
  clientSecretJwt,
  type PrivateKeyJwtOptions,
  privateKeyJwt,
} from './protocol/client-assertion.ts';
export {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  none,
  selfSignedTlsClientAuth,
  tlsClientAuth,
} from './protocol/client-authentication.ts';
export type { WebCryptoKey } from './protocol/crypto-key.ts';
export { type DpopOptions, type DpopProver, dpop } from './protocol/dpop.ts';
export type { DpopKeyPair } from './protocol/dpop-key-pair.ts';
export { type GotLike, gotTransport } from './protocol/got-transport.ts';
export {
  clientCredentials,
  type Grant,
  type GrantParameters,
  type GrantSubject,
  grant,
  password,
} from './protocol/grant.ts';
export { jwtBearer, type SignedAssertionOptions } from './protocol/jwt-bearer.ts';
export { type RefreshTokenOptions, refreshToken } from './protocol/refresh-token.ts';
export type { Secret } from './protocol/secret.ts';
export type { JwtClaims, KeySource, SigningOptions } from './protocol/signed-jwt.ts';
export type { SigningAlgorithm, SigningJwk, SigningKey } from './protocol/signing-key.ts';
export { type TokenExchangeOptions, tokenExchange } from './protocol/token-exchange.ts';
export type { Transport } from './protocol/transport.ts';
export { undiciTransport } from './protocol/undici-transport.ts';
export type { Flight, FlightPlan, Flights } from './provider/flight.ts';
export type { PresetClient } from './provider/preset-client.ts';
export { type GoogleServiceAccount, presets } from './provider/presets.ts';
export type { BackoffOptions, RetryOptions, TokenProviderOptions } from './provider/provider-options.ts';
export { staticTokenSource } from './provider/static-token-source.ts';
export { TokenProvider } from './provider/token-provider.ts';
export { memoryStore } from './store/memory-store.ts';
export type {
  StoreAnswer,
  StoreAsk,
  StoredFailure,
  StoredToken,
  StoreNews,
  TokenStore,
} from './store/token-store.ts';
export type {
  RefreshReason,
  ReplaySkipReason,
  StoreEvent,
  StoreOperation,
  TokenEvent,
  TokenEventListener,
} from './telemetry/events.ts';
export type { AccessToken } from './values/access-token.ts';
export type { Clock } from './values/clock.ts';
export type { CanonicalTokenRequest, TokenRequest, TokenRequestSummary } from './values/token-request.ts';
export type { GetTokenOptions, TokenSource } from './values/token-source.ts';
