import axios from 'axios';
import { adapterContract } from './adapter-contract.ts';
import { axiosClients, axiosTraits } from './axios-client.ts';

adapterContract('axios with its fetch adapter', axiosClients(axios, { adapter: 'fetch' }), axiosTraits);
