import { parentPort } from 'node:worker_threads';
import { browserStore } from '../../../src/store/browser/browser-store.ts';
import { obey } from '../message-port/relay.ts';

parentPort?.on(
  'message',
  obey(browserStore({ name: 'threads' }), (report) => parentPort?.postMessage(report)),
);
