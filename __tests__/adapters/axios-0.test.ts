import type { AxiosStatic } from 'axios';
import axios0 from 'axios-0';
import { adapterContract } from './adapter-contract.ts';
import { axiosBehaviour } from './axios-behaviour.ts';
import { axiosClients, axiosTraits } from './axios-client.ts';

adapterContract('axios 0', axiosClients(axios0 as unknown as AxiosStatic), {
  ...axiosTraits,
  sendsInClearToProxies: true,
});
axiosBehaviour('axios 0', axios0 as unknown as AxiosStatic);
