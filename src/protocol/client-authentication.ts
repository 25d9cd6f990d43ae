import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedString, checkOptions } from '../errors/option-checks.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import { checkSecret, readSecret, type Secret } from './secret.ts';

/** How a client proves to the token endpoint who it is. */
export interface ClientAuthentication {
  /** Name as registered with IANA (`token_endpoint_auth_method`), part of the cache key. */
  readonly method: string;
  readonly clientId: string;
  /** Whether the credential is read afresh each time, so that `invalid_client` may be cured by reading it again. */
  readonly rereads: boolean;
  /** Adds what proves it to the form or the headers of one token request. Called once per attempt. */
  authenticate(server: AuthorizationServer, body: URLSearchParams, headers: Headers): void | Promise<void>;
}

/** `client_secret_basic`: RFC 6749 §2.3.1, id and secret form-encoded, then HTTP Basic. The default. */
export function clientSecretBasic(
  clientId: string,
  secret: Secret,
  options: {
    /** `form` as the RFC says (default), or `none` for servers that compare the undecoded text. */
    readonly encoding?: 'form' | 'none' | undefined;
  } = {},
): ClientAuthentication {
  checkOptions(options, 'encoding');
  const { encoding = 'form' } = options;
  if (encoding !== 'form' && encoding !== 'none') throw new ConfigurationError('encoding', 'must be "form" or "none"');
  const encode = encoding === 'none' ? (text: string): string => text : formEncoded;
  return bySecret('client_secret_basic', clientId, secret, (value, _body, headers) => {
    const bytes = new TextEncoder().encode(`${encode(clientId)}:${encode(value)}`);
    headers.set('authorization', `Basic ${btoa(String.fromCharCode(...bytes))}`);
  });
}

/** `client_secret_post`: RFC 6749 §2.3.1, id and secret as form fields. */
export function clientSecretPost(clientId: string, secret: Secret): ClientAuthentication {
  return bySecret('client_secret_post', clientId, secret, (value, body) => {
    body.set('client_id', clientId);
    body.set('client_secret', value);
  });
}

/**
 * `tls_client_auth` (RFC 8705 §2.1): a certificate of a PKI, shown by the `transport`. With `issuer` the server's
 * `mtls_endpoint_aliases` are used.
 */
export function tlsClientAuth(clientId: string): ClientAuthentication {
  return byName('tls_client_auth', clientId);
}

/** `self_signed_tls_client_auth` (RFC 8705 §2.2): as {@link tlsClientAuth}, with a certificate known to the server. */
export function selfSignedTlsClientAuth(clientId: string): ClientAuthentication {
  return byName('self_signed_tls_client_auth', clientId);
}

/** `none`: a public client, which only names itself. */
export function none(clientId: string): ClientAuthentication {
  return byName('none', clientId);
}

function byName(method: string, clientId: string): ClientAuthentication {
  return {
    method,
    clientId: checkedString('clientId', clientId),
    rereads: false,
    authenticate(_server, body) {
      body.set('client_id', clientId);
    },
  };
}

function bySecret(
  method: string,
  clientId: string,
  secret: Secret,
  add: (secret: string, body: URLSearchParams, headers: Headers) => void,
): ClientAuthentication {
  checkedString('clientId', clientId);
  checkSecret('clientSecret', secret);
  return {
    method,
    clientId,
    rereads: typeof secret === 'function',
    async authenticate(_server, body, headers) {
      add(await readSecret(secret, 'the client secret'), body, headers);
    },
  };
}

// oauth4webapi also encodes `-`, `.`, `_` and `*`. The form encoding leaves them alone, and then ids such as UUIDs reach
// those many servers whole that never decode them.
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
