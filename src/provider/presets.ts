import { checkedObject, checkedString, checkOptions, ifGiven } from '../errors/option-checks.ts';
import { clientSecretBasic, clientSecretPost } from '../protocol/client-authentication.ts';
import { jwtBearer } from '../protocol/jwt-bearer.ts';
import type { TokenRequest } from '../values/token-request.ts';
import { authenticated, type PresetClient } from './preset-client.ts';
import { baseUrlOf, hostOf, segmentOf } from './preset-host.ts';
import type { TokenProviderOptions } from './provider-options.ts';

type Scope = Pick<TokenRequest, 'scope'>;

/** The JSON key of a Google service account, as it is downloaded. */
export interface GoogleServiceAccount {
  readonly client_email: string;
  readonly private_key: string;
  readonly private_key_id?: string | undefined;
  readonly token_uri?: string | undefined;
}

/**
 * Options of `new TokenProvider` for well-known vendors: addresses, how clients authenticate there, and what is missing
 * from their answers. Spread them, and change what you like. Each throws a `ConfigurationError` that names the option
 * which is missing, malformed or not known.
 *
 * @example new TokenProvider({ ...presets.benchling({ tenant: 'acme', clientId, clientSecret }), timeoutMs: 10_000 })
 */
export const presets = {
  /**
   * Benchling apps. `tenant`: `acme`, or the whole host.
   *
   * @see https://docs.benchling.com/docs/authentication
   */
  benchling(options: { readonly tenant: string } & PresetClient): TokenProviderOptions {
    const host = hostOf('tenant', options.tenant, '.benchling.com');
    return { tokenUrl: `https://${host}/api/v2/token`, ...authenticated(options, clientSecretBasic, 'tenant') };
  },

  /**
   * Auth0 machine-to-machine applications. `domain`: the host, the vendor's or your own. `audience`: the API's identifier.
   *
   * @see https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-credentials-flow/call-your-api-using-the-client-credentials-flow
   */
  auth0(options: { readonly domain: string; readonly audience: string } & Scope & PresetClient): TokenProviderOptions {
    const { scope } = options;
    const audience = checkedString('audience', options.audience);
    const tokenUrl = `https://${hostOf('domain', options.domain)}/oauth/token`;
    return { tokenUrl, audience, scope, ...authenticated(options, clientSecretPost, 'domain', 'audience', 'scope') };
  },

  /**
   * Okta service apps at a custom authorization server; a scope of it is required. `domain`: `acme`, or the whole host.
   *
   * @see https://developer.okta.com/docs/guides/implement-client-creds/use-flow/
   */
  okta(
    options: { readonly domain: string; readonly authorizationServer?: string | undefined } & Required<Scope> &
      PresetClient,
  ): TokenProviderOptions {
    const { authorizationServer = 'default', scope } = options;
    const host = hostOf('domain', options.domain, '.okta.com');
    const base = `https://${host}/oauth2/${segmentOf('authorizationServer', authorizationServer)}/v1`;
    const urls = { tokenUrl: `${base}/token`, revocationUrl: `${base}/revoke` };
    return {
      ...urls,
      scope,
      ...authenticated(options, clientSecretBasic, 'domain', 'authorizationServer', 'scope'),
    };
  },

  /**
   * Microsoft Entra ID. `tenant`: its id or domain. `scope`: the API's App ID URI and `/.default`. `host`: of a national
   * cloud.
   *
   * @see https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
   */
  entraId(
    options: { readonly tenant: string; readonly host?: string | undefined } & Required<Scope> & PresetClient,
  ): TokenProviderOptions {
    const host = hostOf('host', options.host ?? 'login.microsoftonline.com');
    const tokenUrl = `https://${host}/${segmentOf('tenant', options.tenant)}/oauth2/v2.0/token`;
    return { tokenUrl, scope: options.scope, ...authenticated(options, clientSecretPost, 'tenant', 'host', 'scope') };
  },

  /**
   * Keycloak clients with a service account. `url`: where it is, with `/auth` before version 17.
   *
   * @see https://www.keycloak.org/docs/latest/server_admin/#_service_accounts
   */
  keycloak(options: { readonly url: string; readonly realm: string } & Scope & PresetClient): TokenProviderOptions {
    const realm = segmentOf('realm', options.realm);
    const base = `${baseUrlOf('url', options.url)}/realms/${realm}/protocol/openid-connect`;
    const urls = { tokenUrl: `${base}/token`, revocationUrl: `${base}/revoke` };
    return { ...urls, scope: options.scope, ...authenticated(options, clientSecretBasic, 'url', 'realm', 'scope') };
  },

  /**
   * Amazon Cognito user pools. `domain`: the prefix, which needs the `region` too, or the whole host.
   *
   * @see https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
   */
  cognito(
    options: { readonly domain: string; readonly region?: string | undefined } & Scope & PresetClient,
  ): TokenProviderOptions {
    const { domain, region, scope } = options;
    ifGiven('region', region, checkedString);
    const host = hostOf('domain', domain, region && `.auth.${region}.amazoncognito.com`);
    const tokenUrl = `https://${host}/oauth2/token`;
    return { tokenUrl, scope, ...authenticated(options, clientSecretBasic, 'domain', 'region', 'scope') };
  },

  /**
   * Salesforce external client apps. `domain`: My Domain's name, or its whole host. Its answers name no lifetime: 15
   * minutes is the shortest session that an administrator can set.
   *
   * @see https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm
   */
  salesforce(options: { readonly domain: string } & PresetClient): TokenProviderOptions {
    const base = `https://${hostOf('domain', options.domain, '.my.salesforce.com')}/services/oauth2`;
    const urls = { tokenUrl: `${base}/token`, revocationUrl: `${base}/revoke` };
    return { ...urls, fallbackLifetimeMs: 15 * 60_000, ...authenticated(options, clientSecretPost, 'domain') };
  },

  /**
   * Google service accounts. `subject`: the user to act for, with domain-wide delegation.
   *
   * @see https://developers.google.com/identity/protocols/oauth2/service-account
   */
  google(
    options: { readonly credentials: GoogleServiceAccount; readonly subject?: string | undefined } & Required<Scope>,
  ): TokenProviderOptions {
    checkOptions(options, 'credentials', 'subject', 'scope');
    const { credentials, subject, scope } = options;
    checkedObject('credentials', credentials);
    for (const name of ['client_email', 'private_key'] as const) {
      checkedString(`credentials.${name}`, credentials[name]);
    }
    const { client_email: issuer, private_key: key, private_key_id: kid } = credentials;
    const audience = credentials.token_uri ?? 'https://oauth2.googleapis.com/token';
    return {
      tokenUrl: audience,
      scope,
      grant: jwtBearer({ key, kid, algorithm: 'RS256', issuer, audience, subject, scopeInAssertion: true }),
      // The assertion alone says who asks.
      clientAuthentication: { method: 'none', clientId: issuer, rereads: false, authenticate: () => {} },
    };
  },
};
