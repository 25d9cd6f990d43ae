import { expect, test } from '@jest/globals';
import axios, { type AxiosError } from 'axios';
import { attachBearer } from '../../src/adapters/axios.ts';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import { adapterContract } from './adapter-contract.ts';
import { axiosBehaviour } from './axios-behaviour.ts';
import { axiosClients, axiosTraits } from './axios-client.ts';
import { failureOf } from './contract/errors.ts';

adapterContract('axios', axiosClients(axios), axiosTraits);
axiosBehaviour('axios', axios);

// axios 0 reads it all the same.
test('an address that cannot be read is refused by axios, whose error leads to the whole request', async () => {
  const instance = axios.create();
  attachBearer(instance, staticTokenSource('a'), { origins: 'https://api.example' });
  const error = (await failureOf(instance.put('http:/nowhere', 'data', { timeout: 1_234 }))) as AxiosError;
  expect(error.code).toBe('ERR_INVALID_URL');
  expect(error.config).toMatchObject({ url: 'http:/nowhere', method: 'put', timeout: 1_234 });
});
