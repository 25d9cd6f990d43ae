import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None } from './oauth.ts';

/** A secret, or a function that reads it afresh for each token request (a vault, a mounted file). */
export type Secret = string | (() => string | Promise<string>);

/** How a client proves to the token endpoint who it is. */
export interface ClientAuthentication {
  /** Name as registered with IANA (`token_endpoint_auth_method`), part of the cache key. */
  readonly method: string;
  readonly clientId: string;
  /** Whether the credential is read afresh each time, so that `invalid_client` may be cured by reading it again. */
  readonly rereads: boolean;
  /** Adds what proves it to the form or the headers of one token request. Called once per attempt. */
  authenticate(tokenUrl: URL, body: URLSearchParams, headers: Headers): void | Promise<void>;
}

/** `client_secret_basic`: RFC 6749 §2.3.1, id and secret form-encoded, then HTTP Basic. The default. */
export function clientSecretBasic(
  clientId: string,
  secret: Secret,
  options: {
    /** `form` as the RFC says (default), or `none` for servers that compare the undecoded text. */
    readonly encoding?: 'form' | 'none';
  } = {},
): ClientAuthentication {
  const method = 'client_secret_basic';
  if (options.encoding !== 'none') return bySecret(method, clientId, secret, ClientSecretBasic);
  return bySecret(method, clientId, secret, (value) => (_server, client, _body, headers) => {
    const bytes = new TextEncoder().encode(`${client.client_id}:${value}`);
    headers.set('authorization', `Basic ${btoa(String.fromCharCode(...bytes))}`);
  });
}

/** `client_secret_post`: RFC 6749 §2.3.1, id and secret as form fields. */
export function clientSecretPost(clientId: string, secret: Secret): ClientAuthentication {
  return bySecret('client_secret_post', clientId, secret, ClientSecretPost);
}

/** `none`: a public client, which only names itself. */
export function none(clientId: string): ClientAuthentication {
  return bySecret('none', clientId, '', None);
}

function bySecret(
  method: string,
  clientId: string,
  secret: Secret,
  authenticatorFor: (secret: string) => ClientAuth,
): ClientAuthentication {
  return {
    method,
    clientId,
    rereads: typeof secret === 'function',
    async authenticate(tokenUrl, body, headers) {
      const value: unknown = typeof secret === 'function' ? await secret() : secret;
      if (typeof value !== 'string' || (value === '' && typeof secret === 'function')) {
        throw new TypeError('the function for the client secret gave no text');
      }
      const server = { issuer: tokenUrl.origin, token_endpoint: tokenUrl.href };
      await authenticatorFor(value)(server, { client_id: clientId }, body, headers);
    },
  };
}
