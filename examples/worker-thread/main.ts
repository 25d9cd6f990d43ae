// fetch with tokens in worker threads: node examples/worker-thread/main.ts
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ApiServer } from '../../__tests__/servers/api-server.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';
import type { WorkerData } from './worker.ts';

const [issuer, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);
const workerData: WorkerData = {
  tokenUrl: issuer.url,
  apiUrl: api.origin,
  clientId: 'worker',
  clientSecret: 'its-secret',
};

const workers = ['a', 'b'].map((name) => {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { name, workerData });
  let left = 3;
  worker.on('message', (answer) => {
    console.log(`${name}: ${answer}`);
    if (--left === 0) worker.postMessage(null);
  });
  for (const number of [1, 2, 3]) worker.postMessage(`/jobs/${number}`);
  return once(worker, 'exit');
});
await Promise.all(workers);
console.log('token requests, one a thread:', issuer.requests.length);
await Promise.all([issuer.close(), api.close()]);
