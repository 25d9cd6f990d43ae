import ky, { type KyInstance } from 'ky';
import ky1 from 'ky-1';
import { adapterContract } from './adapter-contract.ts';
import { kyBehaviour } from './ky-behaviour.ts';
import { kyClients, kyTraits } from './ky-client.ts';

adapterContract('ky', kyClients(ky), { ...kyTraits, hasBaseUrl: true });
kyBehaviour('ky', ky);

// The adapter is compiled against the newest ky; at run time it has to get on with the major before it.
const older = ky1 as unknown as KyInstance;
adapterContract('ky 1', kyClients(older), kyTraits);
kyBehaviour('ky 1', older, { refusesForeignFetch: true });
