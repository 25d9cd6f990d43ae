import { generateKeyPairSync } from 'node:crypto';
import type { RequestListener } from 'node:http';
import Provider from 'oidc-provider';
import { LoopbackServer } from './loopback-server.ts';

const CLIENT_ID = 'app:one';
// Characters that HTTP Basic must see encoded (RFC 6749 §2.3.1).
const CLIENT_SECRET = 'a/secret+of:oidc%provider';

/** A real authorization server, oidc-provider: client credentials, introspection and revocation. */
export class OidcServer {
  readonly tokenUrl: string;
  readonly clientId: string = CLIENT_ID;
  readonly clientSecret: string = CLIENT_SECRET;
  /** Requests that came to the token endpoint. */
  tokenRequests = 0;
  readonly #server: LoopbackServer;

  private constructor(server: LoopbackServer) {
    this.tokenUrl = `${server.origin}/token`;
    this.#server = server;
  }

  static async start(): Promise<OidcServer> {
    let serve: RequestListener = (_request, response) => response.writeHead(503).end();
    const server = await LoopbackServer.start((request, response) => {
      if (request.url === '/token') oidc.tokenRequests++;
      serve(request, response);
    });
    const oidc = new OidcServer(server);
    serve = providerFor(server.origin).callback();
    return oidc;
  }

  /** Asks the server about a token (RFC 7662). */
  async isActive(token: string): Promise<boolean> {
    const response = await this.#post('introspection', token);
    return ((await response.json()) as { active: boolean }).active;
  }

  /** Ends a token's life before its time (RFC 7009). */
  async revoke(token: string): Promise<void> {
    await this.#post('revocation', token);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #post(endpoint: string, token: string): Promise<Response> {
    const credentials = `${encodeURIComponent(CLIENT_ID)}:${encodeURIComponent(CLIENT_SECRET)}`;
    const response = await fetch(`${this.tokenUrl}/${endpoint}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}` },
      body: new URLSearchParams({ token, token_type_hint: 'client_credentials' }),
    });
    if (!response.ok) throw new Error(`${endpoint} answered ${response.status}: ${await response.text()}`);
    return response;
  }
}

function providerFor(issuer: string): Provider {
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return new Provider(issuer, {
    adapter: MemoryStore,
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    clientAuthMethods: ['client_secret_basic'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['api:read', 'api:write'],
    cookies: { keys: ['for tests only'] },
    jwks: { keys: [{ ...signingKey, alg: 'ES256', use: 'sig' }] },
    ttl: { ClientCredentials: 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
  });
}

/** Where oidc-provider keeps what it issued. Its own one warns on the console. */
class MemoryStore {
  readonly #entries = new Map<string, object>();

  async upsert(id: string, entry: object): Promise<void> {
    this.#entries.set(id, entry);
  }

  async find(id: string): Promise<object | undefined> {
    return this.#entries.get(id);
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(id);
  }
}
