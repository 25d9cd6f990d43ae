import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { messagePortStore } from '../../../src/store/message-port.ts';
import { obey } from './relay.ts';

const store = messagePortStore((workerData as { readonly port: MessagePort }).port, { timeoutMs: 60_000 });
parentPort?.on(
  'message',
  obey(store, (report) => parentPort?.postMessage(report)),
);
