// The API that is called, a process of its own. It asks the authorization server about the token of every single call.
import { Agent, createServer, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { listen, settingsFromParent, tellParent } from './parent-process.ts';

export interface ResourceServerSettings {
  readonly introspectionUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const { introspectionUrl, clientId, clientSecret } = await settingsFromParent<ResourceServerSettings>();
const agent = new Agent({ keepAlive: true });
const auth = `${clientId}:${clientSecret}`;
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

/** Whether a token is good at this moment (RFC 7662). Nothing is remembered from one call to the next. */
function isActive(token: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const introspection = request(introspectionUrl, { method: 'POST', agent, auth, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`introspection answered ${response.statusCode}`));
      json(response).then((answer) => resolve((answer as { active: boolean }).active), reject);
    });
    introspection.on('error', reject);
    introspection.end(new URLSearchParams({ token, token_type_hint: 'client_credentials' }).toString());
  });
}

async function verdict(authorization = ''): Promise<200 | 401 | 502> {
  const token = /^Bearer (\S+)$/.exec(authorization)?.[1];
  try {
    return token !== undefined && (await isActive(token)) ? 200 : 401;
  } catch (error) {
    console.error('resource server:', error);
    return 502;
  }
}

const server = createServer(async ({ headers: { authorization } }, response) => {
  const status = await verdict(authorization);
  if (status === 401) response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ status }));
});

tellParent(await listen(server));
