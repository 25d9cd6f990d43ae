import { Readable } from 'node:stream';
import type { AxiosInstance, AxiosRequestConfig, AxiosStatic } from 'axios';
import axiosRetry from 'axios-retry';
import { attachBearer, type BearerRequestConfig } from '../../src/adapters/axios.ts';
import type { Call, HostTraits, MakeClient } from './contract/host.ts';

export const axiosTraits: HostTraits = {
  isAbortError: (error) =>
    (error as Error).name === 'CanceledError' && (error as { code?: string }).code === 'ERR_CANCELED',
  takesTokenRequest: true,
  attachesAtOnce: true,
  takesSeveralProviders: true,
  hasBaseUrl: true,
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
  return ({ source, options, layers = 1, further = [], retry }) => {
    const api = axios.create({
      ...(defaults as object),
      responseType: 'text',
      validateStatus: retry ? (status) => status < 300 : () => true,
    });
    if (retry) retryOn(api, retry.limit, retry.statuses);
    for (let layer = 0; layer < layers; layer++) attachBearer(api, source, options);
    for (const { source, options } of further) attachBearer(api, source, options);
    return {
      async send(call) {
        const { status, data } = await api.request(await configOf(call, axios.VERSION)).catch((error) => {
          if (error.response === undefined) throw error;
          return error.response;
        });
        return { status, text: data };
      },
      answer: async (call) => api.request(await configOf(call, axios.VERSION)),
      stream: async (call) =>
        (await api.request({ ...(await configOf(call, axios.VERSION)), responseType: 'stream' })).data,
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

async function configOf(call: Call, version: string): Promise<BearerRequestConfig> {
  const { url, body, method = body ? 'POST' : 'GET', signal, tokenRequest, baseUrl } = call;
  const { data, headers } = await dataOf(body, version);
  return {
    url,
    method,
    data,
    headers: { ...headers, ...call.headers },
    ...(signal && { signal }),
    ...(tokenRequest && { tokenRequest }),
    ...(baseUrl && { baseURL: baseUrl }),
  };
}

async function dataOf(
  body: Call['body'],
  version: string,
): Promise<{ data?: unknown; headers?: Record<string, string> }> {
  if (body === undefined) return {};
  if ('text' in body) return { data: body.text, headers: { 'content-type': 'text/plain' } };
  if ('bytes' in body) return { data: body.bytes };
  if ('formData' in body) {
    // Only so the fetch adapter of axios 1 leaves the type to fetch; axios 0 knows no forms of the platform.
    if (!version.startsWith('0.')) return { data: body.formData, headers: { 'content-type': 'multipart/form-data' } };
    const encoded = new Response(body.formData);
    const data = Buffer.from(await encoded.arrayBuffer());
    return { data, headers: { 'content-type': encoded.headers.get('content-type') ?? '' } };
  }
  if ('form' in body) return { data: new URLSearchParams(body.form) };
  if ('json' in body) return { data: body.json };
  return { data: Readable.from(body.stream) };
}
