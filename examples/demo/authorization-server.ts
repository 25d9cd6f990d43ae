// The authorization server, a process of its own: oidc-provider, which issues tokens and answers introspection.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { listen, settingsFromParent, tellParent } from './parent-process.ts';

/** One client of the authorization server. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  /** How long its tokens live. Left out: it gets none, and may only introspect. */
  readonly tokenLifetimeSeconds?: number;
}

export interface AuthorizationServerSettings {
  readonly clients: readonly Client[];
}

/** Token requests received, by client id. */
export type TokenRequestCounts = Record<string, number>;

const { clients } = await settingsFromParent<AuthorizationServerSettings>();
const server = createServer();
const issuer = await listen(server);

/** Where oidc-provider keeps what it issued: here, in memory. */
class Store {
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

const lifetimes = new Map(clients.map(({ id, tokenLifetimeSeconds }) => [id, tokenLifetimeSeconds]));
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

const provider = new Provider(issuer, {
  adapter: Store,
  clients: clients.map(({ id, secret, tokenLifetimeSeconds }) => ({
    client_id: id,
    client_secret: secret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: tokenLifetimeSeconds === undefined ? [] : ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  clientAuthMethods: ['client_secret_basic'],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  jwks: { keys: [{ ...signingKey, alg: 'ES256', use: 'sig' }] },
  ttl: {
    ClientCredentials: (_context: unknown, _token: unknown, client: { clientId: string }) =>
      lifetimes.get(client.clientId),
  },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
  },
});

const counts: TokenRequestCounts = {};
provider.use(async (context, next) => {
  await next();
  if (context.oidc?.route !== 'token') return;
  const id = context.oidc.client?.clientId ?? 'unknown';
  counts[id] = (counts[id] ?? 0) + 1;
});

server.on('request', provider.callback());
tellParent(issuer, () => counts);
