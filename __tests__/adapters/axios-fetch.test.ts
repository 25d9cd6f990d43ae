import axios from 'axios';
import { adapterContract } from './adapter-contract.ts';
import { axiosBehaviour } from './axios-behaviour.ts';
import { axiosClients, axiosTraits } from './axios-client.ts';

adapterContract('axios with its fetch adapter', axiosClients(axios, { adapter: 'fetch' }), axiosTraits);
axiosBehaviour('axios with its fetch adapter', axios, { adapter: 'fetch' }, { followsByItself: true });
