import process from 'node:process';
import { messagePortStore, processPort } from '../../../src/store/message-port.ts';
import { obey } from './relay.ts';

const store = messagePortStore(processPort(process), { timeoutMs: 60_000 });
process.on(
  'message',
  obey(store, (report) => process.send?.(report)),
);
