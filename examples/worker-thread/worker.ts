import { parentPort, workerData } from 'node:worker_threads';
import { TokenProvider } from 'tokenflight';
import { bearerFetch } from 'tokenflight/fetch';

export interface WorkerData {
  readonly tokenUrl: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A thread shares no memory with the others: it has a provider of its own, and one token however many jobs it gets. */
const { apiUrl, ...client } = workerData as WorkerData;
const tokens = new TokenProvider(client);
const call = bearerFetch(tokens, { origins: new URL(apiUrl).origin });

parentPort?.on('message', async (path: string | null) => {
  if (path === null) {
    await tokens.close();
    parentPort?.close(); // nothing else keeps the thread alive
    return;
  }
  const response = await call(new URL(path, apiUrl));
  parentPort?.postMessage(`${path} ${response.status} ${await response.text()}`);
});
