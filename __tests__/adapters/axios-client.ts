import { Readable } from 'node:stream';
import type { AxiosInstance, AxiosRequestConfig, AxiosStatic } from 'axios';
import axiosRetry from 'axios-retry';
import { attachBearer } from '../../src/adapters/axios.ts';
import type { Call, HostTraits, MakeClient } from './contract/host.ts';

export const axiosTraits: HostTraits = {
  isAbortError: (error) =>
    (error as Error).name === 'CanceledError' && (error as { code?: string }).code === 'ERR_CANCELED',
  hasOwnRetry: true,
  tellsOfRedirects: false,
  hidesRequestInErrors: true,
};

/**
 * Makes clients of one major of axios; axios-retry is what repeats.
 *
 * @param defaults of the instance
 */
export function axiosClients(axios: AxiosStatic, defaults: AxiosRequestConfig = {}): MakeClient {
  return ({ source, options, layers = 1, retry }) => {
    const api = axios.create({
      ...(defaults as object),
      responseType: 'text',
      validateStatus: retry ? (status) => status < 300 : () => true,
    });
    if (retry) retryOn(api, retry.limit, retry.statuses);
    for (let layer = 0; layer < layers; layer++) attachBearer(api, source, options);
    return {
      async send(call) {
        const { status, data } = await api.request(await configOf(call)).catch((error) => {
          if (error.response === undefined) throw error;
          return error.response;
        });
        return { status, text: data };
      },
      stream: async (call) => (await api.request({ ...(await configOf(call)), responseType: 'stream' })).data,
    };
  };
}

export function retryOn(api: AxiosInstance, retries: number, statuses: readonly number[]): void {
  axiosRetry(api, {
    retries,
    retryDelay: () => 0,
    retryCondition: ({ response }) => statuses.includes(response?.status ?? 0),
  });
}

async function configOf(call: Call): Promise<AxiosRequestConfig> {
  const { url, body, method = body ? 'POST' : 'GET', signal } = call;
  const { data, headers } = await dataOf(body);
  return { url, method, data, headers: { ...headers, ...call.headers }, ...(signal && { signal }) };
}

async function dataOf(body: Call['body']): Promise<{ data?: unknown; headers?: Record<string, string> }> {
  if (body === undefined) return {};
  if ('text' in body) return { data: body.text, headers: { 'content-type': 'text/plain' } };
  if ('bytes' in body) return { data: body.bytes };
  if ('formData' in body) return { data: body.formData };
  if ('form' in body) return { data: new URLSearchParams(body.form) };
  if ('json' in body) return { data: body.json };
  return { data: Readable.from(body.stream) };
}
