import type { Transport } from './transport.ts';

/** What is used of got: the function itself or any instance that `got.extend` made. */
export interface GotLike {
  stream(url: string, options: GotStreamOptions): GotStream;
}

interface GotStreamOptions {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly followRedirect: false;
  readonly throwHttpErrors: false;
  readonly retry: { readonly limit: 0 };
}

interface GotStream extends AsyncIterable<Uint8Array> {
  once(event: 'error', listener: (error: unknown) => void): unknown;
  once(event: 'response', listener: (response: GotResponse) => void): unknown;
}

interface GotResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Carries token requests through got, with all that its options say: proxies, private CAs, client certificates. got's
 * redirects, retries and thrown statuses are switched off, since the provider has its own rules for them.
 *
 * @example gotTransport(got.extend({ https: { certificate, key, certificateAuthority } }))
 */
export function gotTransport(got: GotLike): Transport {
  return (url, { method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const stream = got.stream(url, {
        method: method === 'POST' ? 'POST' : 'GET',
        headers: Object.fromEntries(new Headers(headers)),
        // A POST without a body of its own would wait for somebody to write one.
        ...(method === 'POST' && { body: String(body ?? '') }),
        ...(signal && { signal }),
        followRedirect: false,
        throwHttpErrors: false,
        retry: { limit: 0 },
      });
      stream.once('error', reject);
      stream.once('response', (response) => resolve(responseOf(response, stream)));
    });
}

function responseOf({ statusCode: status, headers }: GotResponse, stream: GotStream): Response {
  const content = WITHOUT_BODY.has(status) ? null : readable(stream);
  // Some servers refuse with 999. fetch hands that over, but no other can make a Response of it.
  const isUsual = status >= 200 && status <= 599;
  const response = new Response(content, { status: isUsual ? status : 599, headers: headerList(headers) });
  return isUsual ? response : Object.defineProperty(response, 'status', { value: status });
}

function headerList(headers: GotResponse['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    // HTTP/2 has `:status` among them.
    name.startsWith(':') ? [] : [value].flat().map((entry): [string, string] => [name, entry]),
  );
}

/** Read only as far as somebody asks, so that an endless answer can be left. */
function readable(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}
