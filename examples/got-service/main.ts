// A backend service that calls another one with got: node examples/got-service/main.ts
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { TokenProvider } from 'tokenflight';
import { ApiServer } from '../../__tests__/servers/api-server.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';
import { service, upstream } from './service.ts';

const [issuer, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);
const tokens = new TokenProvider({ tokenUrl: issuer.url, clientId: 'service', clientSecret: 'its-secret' });
const server = service(upstream(tokens, api.origin)).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/things`;
const visit = async (): Promise<number> => (await fetch(url)).status;

console.log('50 visitors at once:', new Set(await Promise.all(Array.from({ length: 50 }, visit))));
api.rejected.add('token-1');
console.log('after the API has rejected the token:', await visit());
console.log('token requests:', issuer.requests.length);

server.closeAllConnections();
server.close();
await tokens.close();
await Promise.all([issuer.close(), api.close()]);
