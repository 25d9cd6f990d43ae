import { Readable } from 'node:stream';
import type { Got, OptionsInit, Response } from 'got';
import { type BearerContext, bearerHooks } from '../../src/adapters/got.ts';
import type { Call, CallBody, HostTraits, MakeClient } from './contract/host.ts';

export const gotTraits: HostTraits = {
  isAbortError: (error) =>
    (error as Error).name === 'AbortError' && (error as { code?: string }).code === 'ERR_ABORTED',
  hasOwnRetry: true,
  tellsOfRedirects: true,
  hidesRequestInErrors: true,
  takesTokenRequest: true,
  attachesAtOnce: true,
  takesSeveralProviders: true,
  hasBaseUrl: true,
  speaksHttp2: true,
};

/** Makes clients of one major of got. */
export function gotClients(got: Got): MakeClient {
  return ({ source, options, layers = 1, further = [], http2, retry = { limit: 0, statuses: [] } }) => {
    let api = got.extend({
      throwHttpErrors: false,
      ...(http2 && { http2: true, https: http2 }),
      retry: {
        limit: retry.limit,
        statusCodes: [...retry.statuses],
        calculateDelay: ({ computedValue }) => Math.min(computedValue, 1),
      },
    });
    for (let layer = 0; layer < layers; layer++) api = api.extend(bearerHooks(source, options));
    for (const { source, options } of further) api = api.extend(bearerHooks(source, options));
    return {
      async send(call) {
        const response = (await api(call.url, optionsOf(call))) as Response<string>;
        return { status: response.statusCode, text: response.body };
      },
      answer: async (call) => api(call.url, optionsOf(call)),
      stream: async (call) => api.stream(call.url, optionsOf(call)),
    };
  };
}

function optionsOf({
  body,
  method = body ? 'POST' : 'GET',
  headers = {},
  signal,
  tokenRequest,
  baseUrl,
}: Call): OptionsInit {
  const context = { tokenRequest } satisfies BearerContext;
  const prefix = baseUrl === undefined ? {} : { prefixUrl: baseUrl };
  return {
    method: method as 'GET',
    headers,
    ...prefix,
    ...bodyOf(body),
    ...(signal && { signal }),
    ...(tokenRequest && { context }),
  };
}

function bodyOf(body: CallBody | undefined): OptionsInit {
  if (body === undefined) return {};
  if ('text' in body) return { body: body.text };
  if ('bytes' in body) return { body: body.bytes };
  if ('formData' in body) return { body: body.formData };
  if ('form' in body) return { form: body.form };
  if ('json' in body) return { json: body.json };
  return { body: Readable.from(body.stream) };
}
