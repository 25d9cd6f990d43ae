import axios from 'axios';
import { adapterContract } from './adapter-contract.ts';
import { axiosBehaviour } from './axios-behaviour.ts';
import { axiosClients, axiosTraits } from './axios-client.ts';

adapterContract('axios', axiosClients(axios), axiosTraits);
axiosBehaviour('axios', axios);
