// Uses a store that nobody serves, or one that is served; then has nothing more to do.
import process from 'node:process';
import { messagePortStore, processPort } from '../../../src/store/message-port.ts';

const store = messagePortStore(processPort(process), { timeoutMs: Number(process.argv[2]) });
store.subscribe(() => undefined);
const answer = await store.look('key', { owner: 'program', leaseMs: 1_000 }).catch((error: Error) => error.message);
if (process.argv[3] === 'listens') process.on('message', () => process.disconnect());
process.send?.({ answer }, () => undefined);
