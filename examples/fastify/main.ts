// A Fastify application that calls an API: node examples/fastify/main.ts
import Fastify from 'fastify';
import { ApiServer } from '../../__tests__/servers/api-server.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';
import { tokensPlugin } from './tokens-plugin.ts';

const [issuer, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);
const app = Fastify();
await app.register(tokensPlugin, {
  tokens: { tokenUrl: issuer.url, clientId: 'application', clientSecret: 'its-secret' },
  bearer: { origins: api.origin },
});
app.get('/things', async (_, reply) => {
  const response = await app.api(`${api.origin}/things`);
  return reply.code(response.status).send(await response.text());
});

for (let visit = 1; visit <= 3; visit++) {
  const { statusCode, body } = await app.inject('/things');
  console.log(statusCode, body);
}
const { api: call } = app;
await app.close();
const afterwards = await call(api.origin).catch((error: { code: string }) => error.code);
console.log('after close:', afterwards, 'token requests:', issuer.requests.length);
await Promise.all([issuer.close(), api.close()]);
