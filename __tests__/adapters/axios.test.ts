import axios from 'axios';
import { adapterContract } from './adapter-contract.ts';
import { axiosClients, axiosTraits } from './axios-client.ts';

adapterContract('axios', axiosClients(axios), axiosTraits);
