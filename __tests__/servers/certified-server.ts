import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { TLSSocket } from 'node:tls';
import Provider from 'oidc-provider';
import type { Certificates } from './certificate-authority.ts';
import { LoopbackServer } from './loopback-server.ts';
import { MemoryStore } from './memory-store.ts';

export interface CertifiedServerOptions {
  /** Clients, as registered (RFC 7591). */
  readonly clients: readonly object[];
  /** Serves https, and on a second port https with client certificates (RFC 8705 §5). */
  readonly certificates?: Certificates;
  /** Wants its nonce in each DPoP proof. */
  readonly wantsNonce?: boolean;
}

export interface Introspection {
  readonly active: boolean;
  readonly client_id?: string;
  readonly scope?: string;
  readonly aud?: string;
  readonly token_type?: string;
  readonly cnf?: { readonly jkt?: string; readonly 'x5t#S256'?: string };
}

/** What of oidc-provider is used beyond serving requests; it ships no types. */
interface Models {
  readonly Client: { find(id: string): Promise<object> };
  readonly Grant: new (fields: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
  readonly RefreshToken: new (fields: object) => { save(): Promise<string> };
}

const INTROSPECTOR = { client_id: 'introspector', client_secret: 'introspector-secret' };
const COMMON = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

/** A real, certified authorization server, oidc-provider, with all that machines may want of one. */
export class CertifiedServer {
  readonly issuer: string;
  /** The origin that asks for client certificates. */
  readonly mtlsOrigin: string;
  readonly #servers: readonly LoopbackServer[];
  readonly #provider: Provider;

  private constructor(issuer: string, servers: readonly LoopbackServer[], provider: Provider) {
    this.issuer = issuer;
    this.mtlsOrigin = servers.at(-1)?.origin ?? '';
    this.#servers = servers;
    this.#provider = provider;
  }

  static async start(options: CertifiedServerOptions): Promise<CertifiedServer> {
    const { certificates } = options;
    let serve: RequestListener = (_request, response) => response.writeHead(503).end();
    const listener: RequestListener = (request, response) => serve(request, response);
    const servers = [await LoopbackServer.start(listener, certificates?.server)];
    if (certificates) {
      const asking = { ...certificates.server, ca: certificates.ca, requestCert: true, rejectUnauthorized: false };
      servers.push(await LoopbackServer.start(listener, asking));
    }
    const issuer = servers[0]?.origin ?? '';
    const provider = new Provider(issuer, configuration(options, servers.at(-1)?.origin ?? ''));
    serve = provider.callback();
    return new CertifiedServer(issuer, servers, provider);
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  /** What the server says of a token (RFC 7662). */
  async introspect(token: string, send: typeof fetch = fetch): Promise<Introspection> {
    const credentials = btoa(`${INTROSPECTOR.client_id}:${INTROSPECTOR.client_secret}`);
    const response = await send(`${this.issuer}/token/introspection`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: `${new URLSearchParams({ token })}`,
    });
    if (!response.ok) throw new Error(`introspection answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Introspection;
  }

  /** A refresh token as a user's consent would have brought it. */
  async issueRefreshToken(clientId: string, scope: string): Promise<string> {
    const { Client, Grant, RefreshToken } = this.#provider as unknown as Models;
    const grant = new Grant({ accountId: 'user', clientId });
    grant.addOIDCScope(scope);
    const grantId = await grant.save();
    const client = await Client.find(clientId);
    return new RefreshToken({ accountId: 'user', client, grantId, gty: 'authorization_code', scope }).save();
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}

function clientStore(clients: readonly object[]): MemoryStore {
  const store = new MemoryStore();
  for (const client of [...clients, INTROSPECTOR]) {
    const metadata = { ...COMMON, ...client } as { readonly client_id?: string };
    void store.upsert(String(metadata.client_id), metadata);
  }
  return store;
}

function configuration({ clients, certificates, wantsNonce = false }: CertifiedServerOptions, mtls: string): object {
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const certificateOf = ({ socket }: { readonly socket: TLSSocket }): X509Certificate | undefined => {
    const { raw } = socket.getPeerCertificate?.(true) ?? {};
    return raw && new X509Certificate(raw);
  };
  const tlsMethods = certificates ? ['tls_client_auth', 'self_signed_tls_client_auth'] : [];
  return {
    // Clients come from the store: static ones are cloned, which in Jest's realm makes them unlike plain objects.
    adapter: (model: string) => (model === 'Client' ? clientStore(clients) : new MemoryStore()),
    clientAuthMethods: [
      ...['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
      ...tlsMethods,
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { clientAuthSigningAlgValues: ['HS256', 'RS256', 'PS256', 'ES256', 'ES512', 'EdDSA', 'Ed25519'] },
    scopes: ['api:read', 'api:write', 'offline_access'],
    cookies: { keys: ['for tests only'] },
    jwks: { keys: [{ ...signingKey, alg: 'ES256', use: 'sig' }] },
    ttl: { ClientCredentials: 600, AccessToken: 600, RefreshToken: 3600, Grant: 3600 },
    rotateRefreshToken: true,
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    discovery: certificates ? { mtls_endpoint_aliases: { token_endpoint: `${mtls}/token` } } : {},
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => wantsNonce },
      mTLS: {
        enabled: certificates !== undefined,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: certificateOf,
        certificateAuthorized: ({ socket }: { readonly socket: TLSSocket }) => socket.authorized,
        certificateSubjectMatches: (context: { readonly socket: TLSSocket }, property: string, expected: string) =>
          property === 'tls_client_auth_subject_dn' && certificateOf(context)?.subject === expected,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: 'api:read api:write',
          audience: resource,
          accessTokenFormat: 'opaque',
        }),
      },
    },
  };
}
