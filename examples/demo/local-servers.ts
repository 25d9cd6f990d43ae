import { randomBytes } from 'node:crypto';
import type { AuthorizationServerSettings, Client, TokenRequestCounts } from './authorization-server.ts';
import type { ResourceServerSettings } from './resource-server.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import type { Site } from './site.ts';

/** Short, so that a run of some seconds crosses several ends. */
const TOKEN_LIFETIME_SECONDS = 3;

/** Starts a real authorization server and a real API on free ports of this machine, with secrets made for this run. */
export async function startLocalServers(onDeath: (error: Error) => void): Promise<Site> {
  const client = (id: string, tokenLifetimeSeconds?: number): Client => ({
    id,
    secret: randomBytes(24).toString('base64url'),
    ...(tokenLifetimeSeconds !== undefined && { tokenLifetimeSeconds }),
  });
  const refreshing = client('refreshing-client', TOKEN_LIFETIME_SECONDS);
  const fixed = client('fixed-header-client', 86_400);
  const api = client('resource-server');

  const started: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  try {
    const issuerSettings: AuthorizationServerSettings = { clients: [refreshing, fixed, api] };
    const issuer = await startServer('authorization-server.ts', issuerSettings, onDeath);
    started.push(issuer);
    const apiSettings: ResourceServerSettings = {
      introspectionUrl: `${issuer.origin}/token/introspection`,
      clientId: api.id,
      clientSecret: api.secret,
    };
    const resource = await startServer('resource-server.ts', apiSettings, onDeath);
    started.push(resource);

    const tokenUrl = `${issuer.origin}/token`;
    return {
      description: [
        `authorization server  ${issuer.origin}  oidc-provider; its tokens live ${TOKEN_LIFETIME_SECONDS} s`,
        `resource server       ${resource.origin}  asks it about the token of every call`,
      ],
      url: new URL('/things', resource.origin),
      bearer: { origins: resource.origin },
      tokens: { tokenUrl, clientId: refreshing.id, clientSecret: refreshing.secret },
      fixedToken: { tokenUrl, clientId: fixed.id, clientSecret: fixed.secret },
      async tokenRequestsReceived() {
        const counts = (await issuer.count()) as TokenRequestCounts;
        return counts[refreshing.id] ?? 0;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
