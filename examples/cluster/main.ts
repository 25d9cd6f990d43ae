// fetch with one token for a whole cluster: node examples/cluster/main.ts
import cluster from 'node:cluster';
import { once } from 'node:events';
import { memoryStore } from 'tokenflight';
import { processPort, serveStore } from 'tokenflight/message-port';
import { ApiServer } from '../../__tests__/servers/api-server.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';

const [issuer, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);
const environment = { TOKEN_URL: issuer.url, API_URL: api.origin, CLIENT_ID: 'cluster', CLIENT_SECRET: 'its-secret' };

const store = memoryStore();
cluster.setupPrimary({ exec: new URL('worker.ts', import.meta.url).pathname });
const workers = ['a', 'b', 'c'].map((name) => {
  const worker = cluster.fork({ ...environment, WORKER_NAME: name });
  serveStore(store, processPort(worker));
  return once(worker, 'exit');
});
await Promise.all(workers);
console.log('token requests, one for all:', issuer.requests.length);
await Promise.all([issuer.close(), api.close()]);
