import { adapterContract } from './adapter-contract.ts';
import { nodeHttpClients, nodeHttpTraits } from './node-http-client.ts';

adapterContract('node:http', nodeHttpClients, nodeHttpTraits);
