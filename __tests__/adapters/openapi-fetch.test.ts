import createClient from 'openapi-fetch';
import createClient16 from 'openapi-fetch-16';
import { adapterContract } from './adapter-contract.ts';
import { openapiFetchClients, openapiFetchTraits } from './openapi-fetch-client.ts';

adapterContract('openapi-fetch', openapiFetchClients(createClient), openapiFetchTraits);
adapterContract('openapi-fetch 0.16', openapiFetchClients(createClient16 as typeof createClient), openapiFetchTraits);
