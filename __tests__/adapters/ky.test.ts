import ky, { type KyInstance } from 'ky';
import ky1 from 'ky-1';
import { adapterContract } from './adapter-contract.ts';
import { kyClients, kyTraits } from './ky-client.ts';

adapterContract('ky', kyClients(ky), kyTraits);
adapterContract('ky 1', kyClients(ky1 as unknown as KyInstance), kyTraits);
