import type createClient from 'openapi-fetch';
import { type BearerCall, bearerMiddleware } from '../../src/adapters/openapi-fetch.ts';
import type { Call, HostTraits, MakeClient } from './contract/host.ts';
import { streamedBody } from './fetch-client.ts';

export const openapiFetchTraits: HostTraits = {
  isAbortError: (error) => error instanceof DOMException && error.name === 'AbortError',
  takesTokenRequest: true,
  attachesAtOnce: true,
  takesSeveralProviders: true,
  hasOwnRetry: false,
  tellsOfRedirects: false,
  hidesRequestInErrors: false,
  hidesStreams: true,
};

/** The part of a client that takes any path and any method. */
interface AnyClient {
  use(...middleware: object[]): void;
  request(method: string, path: string, init: object): Promise<{ data?: unknown; error?: unknown; response: Response }>;
}

/** Makes clients of one version of openapi-fetch. */
export function openapiFetchClients(create: typeof createClient): MakeClient {
  return ({ source, options, layers = 1, further = [] }) => {
    const api = create() as unknown as AnyClient;
    for (let layer = 0; layer < layers; layer++) api.use(bearerMiddleware(source, options));
    for (const { source, options } of further) api.use(bearerMiddleware(source, options));
    return {
      async send(call) {
        const { data, error, response } = await api.request(methodOf(call), call.url, initOf(call, 'text'));
        return { status: response.status, text: String(data ?? error ?? '') };
      },
      answer: (call) => api.request(methodOf(call), call.url, initOf(call, 'text')),
      async stream(call) {
        return (await api.request(methodOf(call), call.url, initOf(call, 'stream'))).data as AsyncIterable<Uint8Array>;
      },
    };
  };
}

function methodOf({ body, method = body ? 'POST' : 'GET' }: Call): string {
  return method;
}

function initOf({ body, headers = {}, signal, tokenRequest }: Call, parseAs: string): object {
  const given = bodyOf(body);
  return {
    parseAs,
    ...given,
    headers: { ...given?.headers, ...headers },
    ...(signal && { signal }),
    ...(tokenRequest && ({ tokenRequest } satisfies BearerCall)),
  };
}

function bodyOf(
  body: Call['body'],
): { headers?: object; body: unknown; bodySerializer(body: unknown): unknown } | undefined {
  const bodySerializer = (given: unknown): unknown => given;
  // Without a type of the caller's, the client says that it is JSON.
  const untyped = { 'Content-Type': null };
  if (body === undefined) return undefined;
  if ('text' in body) return { body: body.text, bodySerializer, headers: untyped };
  if ('bytes' in body) return { body: body.bytes, bodySerializer, headers: untyped };
  if ('formData' in body) return { body: body.formData, bodySerializer };
  if ('form' in body) return { body: new URLSearchParams(body.form), bodySerializer, headers: untyped };
  if ('json' in body) return { body: body.json, bodySerializer: JSON.stringify };
  return { ...streamedBody(...body.stream), bodySerializer, headers: untyped } as ReturnType<typeof bodyOf>;
}
