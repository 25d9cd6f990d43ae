import type { KyInstance, Options } from 'ky';
import { type BearerContext, bearerHooks } from '../../src/adapters/ky.ts';
import type { Call, HostTraits, MakeClient } from './contract/host.ts';
import { streamedBody } from './fetch-client.ts';

export const kyTraits: HostTraits = {
  isAbortError: (error) => error instanceof DOMException && error.name === 'AbortError',
  takesTokenRequest: true,
  attachesAtOnce: true,
  takesSeveralProviders: true,
  hasOwnRetry: true,
  tellsOfRedirects: false,
  hidesRequestInErrors: false,
};

/** Makes clients of one major of ky. */
export function kyClients(ky: KyInstance): MakeClient {
  return ({ source, options, layers = 1, further = [], retry = { limit: 0, statuses: [] } }) => {
    let api = ky.extend({
      throwHttpErrors: retry.limit > 0, // ky retries what is an error only
      timeout: false,
      retry: { limit: retry.limit, statusCodes: [...retry.statuses], delay: () => 0 },
    });
    // What is put on last is asked first, as with fetch.
    for (const { source, options } of further) api = api.extend(bearerHooks(source, options));
    for (let layer = 0; layer < layers; layer++) api = api.extend(bearerHooks(source, options));
    const send = async (call: Call): Promise<Response> => {
      try {
        return await api(call.url, optionsOf(call));
      } catch (error) {
        const { name, response, data } = error as { name: string; response: Response; data?: unknown };
        if (name !== 'HTTPError') throw error;
        return response.bodyUsed ? new Response(String(data), { status: response.status }) : response;
      }
    };
    return {
      async send(call) {
        const response = await send(call);
        return { status: response.status, text: await response.text() };
      },
      async answer(call) {
        const response = await send(call);
        return [response, await response.text()];
      },
      stream: async (call) => (await send(call)).body as AsyncIterable<Uint8Array>,
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
}: Call): Options {
  return {
    method,
    headers: { ...headers },
    ...bodyOf(body),
    ...(signal && { signal }),
    ...(baseUrl && { baseUrl }),
    ...(tokenRequest && { context: { tokenRequest } satisfies BearerContext }),
  };
}

function bodyOf(body: Call['body']): Options {
  if (body === undefined) return {};
  if ('text' in body) return { body: body.text };
  if ('bytes' in body) return { body: body.bytes };
  if ('formData' in body) return { body: body.formData };
  if ('form' in body) return { body: new URLSearchParams(body.form) };
  if ('json' in body) return { json: body.json };
  return streamedBody(...body.stream) as Options;
}
