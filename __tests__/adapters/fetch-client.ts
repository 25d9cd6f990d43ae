import { type BearerFetch, bearerFetch } from '../../src/adapters/fetch.ts';
import type { Call, CallBody, HostTraits, MakeClient } from './contract/host.ts';

export const fetchTraits: HostTraits = {
  isAbortError: (error) => error instanceof DOMException && error.name === 'AbortError',
  hasOwnRetry: false,
  tellsOfRedirects: false,
  hidesRequestInErrors: false,
  takesTokenRequest: true,
  attachesAtOnce: true,
  takesSeveralProviders: true,
};

/** @param given the fetch below; the platform's unless given */
export function fetchClients(given?: typeof fetch): MakeClient {
  return ({ source, options, layers = 1, further = [] }) => {
    // The outermost is asked first.
    const inwards = [...Array.from({ length: layers }, () => ({ source, options })), ...further];
    const call = inwards.reduceRight<typeof fetch | undefined>(
      (below, { source, options }) => bearerFetch(source, { ...options, fetch: below }),
      given,
    ) as BearerFetch;
    const send = ({ url, body, method = body ? 'POST' : 'GET', headers, ...own }: Call): Promise<Response> =>
      call(url, { method, ...initOf(body, headers), ...own });
    return {
      async send(request) {
        const response = await send(request);
        return { status: response.status, text: await response.text() };
      },
      async answer(request) {
        const response = await send(request);
        return [response, await response.text()];
      },
      async stream(request) {
        return (await send(request)).body as AsyncIterable<Uint8Array>;
      },
    };
  };
}

function initOf(body: CallBody | undefined, headers: Readonly<Record<string, string>> = {}): RequestInit {
  if (body === undefined) return { headers };
  if ('text' in body) return { headers, body: body.text };
  if ('bytes' in body) return { headers, body: body.bytes };
  if ('formData' in body) return { headers, body: body.formData };
  if ('form' in body) return { headers, body: new URLSearchParams(body.form) };
  if ('json' in body) {
    return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body.json) };
  }
  return { headers, ...streamedBody(...body.stream) };
}

/** The part of `init` that makes a body which is sent as it comes. */
export function streamedBody(...texts: readonly string[]): RequestInit {
  const body = new ReadableStream({
    start(controller) {
      for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
  return Object.assign({ body }, { duplex: 'half' }); // which lib.dom does not know yet
}
