import got from 'got';
import { adapterContract } from './adapter-contract.ts';
import { gotBehaviour } from './got-behaviour.ts';
import { gotClients, gotTraits } from './got-client.ts';

adapterContract('got', gotClients(got), gotTraits);
gotBehaviour('got', got);
