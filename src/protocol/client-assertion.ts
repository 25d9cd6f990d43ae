import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedFunction, checkedString, checkOptions, ifGiven } from '../errors/option-checks.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import { ClientSecretJwt, modifyAssertion } from './oauth.ts';
import { checkSecret, readSecret, readToken, type Secret } from './secret.ts';
import { jwtSigner, type KeySource, type SigningOptions } from './signed-jwt.ts';

export interface AssertionOptions {
  /**
   * Whom the assertion is for. Servers differ: `token-endpoint` is its URL, `issuer` the server's issuer identifier;
   * or any other text. Default: the issuer where the provider was given one, else the token endpoint's URL.
   */
  readonly audience?: 'token-endpoint' | 'issuer' | (string & {}) | undefined;
}

export interface PrivateKeyJwtOptions extends AssertionOptions, SigningOptions {}

/** `private_key_jwt` (RFC 7523 §2.2): each attempt signs an assertion of its own, valid for a minute. */
export function privateKeyJwt(
  clientId: string,
  key: KeySource,
  options: PrivateKeyJwtOptions = {},
): ClientAuthentication {
  checkOptions(options, 'audience', 'algorithm', 'kid');
  checkParties(clientId, options);
  const sign = jwtSigner(key, options);
  return {
    method: 'private_key_jwt',
    clientId,
    rereads: typeof key === 'function',
    async authenticate(server, body) {
      const aud = audienceOf(server, options);
      setAssertion(body, clientId, await sign({ iss: clientId, sub: clientId, aud }));
    },
  };
}

/** `client_secret_jwt` (OpenID Connect Core §9): an assertion signed with the secret itself, HS256. */
export function clientSecretJwt(
  clientId: string,
  secret: Secret,
  options: AssertionOptions = {},
): ClientAuthentication {
  checkOptions(options, 'audience');
  checkParties(clientId, options);
  checkSecret('clientSecret', secret);
  return {
    method: 'client_secret_jwt',
    clientId,
    rereads: typeof secret === 'function',
    async authenticate(server, body, headers) {
      const aud = audienceOf(server, options);
      const authenticate = ClientSecretJwt(await readSecret(secret, 'the client secret'), {
        [modifyAssertion]: (_header, payload) => Object.assign(payload, { aud }),
      });
      await authenticate({ issuer: aud }, { client_id: clientId }, body, headers);
    },
  };
}

/**
 * An assertion that somebody else signs (RFC 7523 §2.2), read afresh for each attempt: a Kubernetes projected
 * service-account token, a SPIFFE JWT-SVID, a GitHub Actions OIDC token.
 *
 * @example clientAssertion('client', () => readFile('/var/run/secrets/tokens/oauth', 'utf8'))
 */
export function clientAssertion(clientId: string, read: () => string | Promise<string>): ClientAuthentication {
  checkedString('clientId', clientId);
  checkedFunction('read', read);
  return {
    method: 'private_key_jwt',
    clientId,
    rereads: true,
    async authenticate(_server, body) {
      setAssertion(body, clientId, await readToken(read, 'the client assertion'));
    },
  };
}

function checkParties(clientId: string, { audience }: AssertionOptions): void {
  checkedString('clientId', clientId);
  ifGiven('audience', audience, checkedString);
}

function setAssertion(body: URLSearchParams, clientId: string, assertion: string): void {
  body.set('client_id', clientId);
  body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  body.set('client_assertion', assertion);
}

function audienceOf({ tokenUrl, issuer }: AuthorizationServer, { audience }: AssertionOptions): string {
  if (audience === 'token-endpoint') return tokenUrl.href;
  if (audience === undefined) return issuer ?? tokenUrl.href;
  if (audience !== 'issuer') return audience;
  if (issuer === undefined)
    throw new ConfigurationError('audience', '"issuer" needs the option "issuer" of the provider');
  return issuer;
}
