import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { bearerHeaders } from '../../src/adapters/node-http.ts';
import type { Call, CallBody, HostTraits, MakeClient } from './contract/host.ts';

export const nodeHttpTraits: HostTraits = {
  isAbortError: (error) => (error as Error).name === 'AbortError',
  hasOwnRetry: false,
  takesTokenRequest: true,
  tellsOfRedirects: false,
  followsNoRedirects: true,
  hidesRequestInErrors: false,
  ownsRequest: true,
};

/** What a caller of `http.request` writes to be used with the adapter: as the README shows it, with bodies. */
export const nodeHttpClients: MakeClient = ({ source, options, layers = 1 }) => {
  const bearers = Array.from({ length: layers }, () => bearerHeaders(source, options));

  const send = async ({ url, signal, body, tokenRequest, ...call }: Call): Promise<http.IncomingMessage> => {
    const [content, type] = await contentOf(body);
    const { method = body ? 'POST' : 'GET' } = call;
    let headers: http.OutgoingHttpHeaders = { ...(type && { 'content-type': type }), ...call.headers };
    for (const bearer of bearers) headers = await bearer(url, { method, headers, body: content, signal, tokenRequest });
    for (;;) {
      const response = await exchange(url, { method, headers, ...(signal && { signal }) }, content);
      let again: http.OutgoingHttpHeaders | undefined;
      for (const bearer of bearers) again ??= await bearer.again(headers, response);
      if (again === undefined) return response;
      response.resume();
      headers = again;
    }
  };

  return {
    async send(call) {
      const response = await send(call);
      return { status: response.statusCode ?? 0, text: await text(response) };
    },
    async answer(call) {
      const response = await send(call);
      return [response, await text(response)];
    },
    stream: send,
  };
};

async function exchange(
  url: string,
  options: http.RequestOptions,
  content: string | Uint8Array | Readable | undefined,
): Promise<http.IncomingMessage> {
  const request = url.startsWith('https:') ? https.request(url, options) : http.request(url, options);
  const responded = once(request, 'response');
  if (content instanceof Readable) content.pipe(request);
  else request.end(content);
  const [response] = (await responded) as [http.IncomingMessage];
  return response;
}

async function contentOf(
  body: CallBody | undefined,
): Promise<[content?: string | Uint8Array | Readable, type?: string]> {
  if (body === undefined) return [];
  if ('text' in body) return [body.text];
  if ('bytes' in body) return [body.bytes];
  if ('stream' in body) return [Readable.from(body.stream)];
  if ('json' in body) return [JSON.stringify(body.json), 'application/json'];
  if ('form' in body) return [new URLSearchParams(body.form).toString(), 'application/x-www-form-urlencoded'];
  const encoded = new Response(body.formData);
  return [new Uint8Array(await encoded.arrayBuffer()), encoded.headers.get('content-type') ?? ''];
}
