import { Readable } from 'node:stream';
import type { Got } from 'got';
import { type Dispatcher, fetch as undiciFetch } from 'undici';
import type { Transport } from '../../src/protocol/transport.ts';

/** Carries token requests through got, with all that its options say: proxies, private CAs, client certificates. */
export function carriedByGot(client: Got): Transport {
  return (url, init) =>
    new Promise((resolve, reject) => {
      const stream = client.stream(url, {
        method: init.method as 'POST',
        headers: Object.fromEntries(new Headers(init.headers)),
        ...(typeof init.body === 'string' && { body: init.body }),
        ...(init.signal && { signal: init.signal }),
        followRedirect: false,
        throwHttpErrors: false,
        retry: { limit: 0 },
      });
      stream.once('error', reject);
      stream.once('response', ({ statusCode, headers }: { statusCode: number; headers: object }) => {
        const body = [204, 205, 304].includes(statusCode) ? null : Readable.toWeb(stream);
        const fields = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
        resolve(new Response(body as ReadableStream | null, { status: statusCode, headers: fields }));
      });
    });
}

/** Carries token requests through a dispatcher of undici's. */
export function carriedByUndici(dispatcher: Dispatcher): Transport {
  const send = undiciFetch as unknown as (url: string, init: object) => Promise<Response>;
  return (url, init) => send(url, { ...init, headers: Object.fromEntries(new Headers(init.headers)), dispatcher });
}
