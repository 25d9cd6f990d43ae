import { Readable } from 'node:stream';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { bearerInterceptor } from '../../src/adapters/undici.ts';
import type { Call, CallBody, HostTraits, MakeClient } from './contract/host.ts';

export const undiciTraits: HostTraits = {
  isAbortError: (error) => error instanceof DOMException && error.name === 'AbortError',
  hasOwnRetry: true,
  takesTokenRequest: true,
  attachesAtOnce: true,
  takesSeveralProviders: true,
  tellsOfRedirects: true,
  hidesRequestInErrors: false,
  bypassesNock: true,
  dropsUserInfo: true,
};

type Interceptors = readonly Dispatcher.DispatcherComposeInterceptor[];

/**
 * Makes clients of one major of undici.
 *
 * @param order of the interceptors, the one nearest to the wire first
 */
export function undiciClients(
  undici: typeof Undici,
  order: (
    bearer: Interceptors,
    redirect: Dispatcher.DispatcherComposeInterceptor,
    retry: Interceptors,
  ) => Interceptors = (bearer, redirect, retry) => [...bearer, redirect, ...retry],
): MakeClient {
  const { Agent, interceptors, request } = undici;
  return ({ source, options, layers = 1, further = [], retry }) => {
    const own = Array.from({ length: layers }, () => bearerInterceptor(source, options));
    const others = further.map((one) => bearerInterceptor(one.source, one.options));
    const bearer = [...others.reverse(), ...own]; // the last is asked first
    const redirect = interceptors.redirect({ maxRedirections: 10 });
    const retries = retry
      ? [
          interceptors.retry({
            maxRetries: retry.limit,
            statusCodes: [...retry.statuses],
            minTimeout: 1,
            timeoutFactor: 1,
            throwOnError: false,
          }),
        ]
      : [];
    const dispatcher = new Agent({ keepAliveTimeout: 1 }).compose(...order(bearer, redirect, retries));
    const send = (call: Call): Promise<Dispatcher.ResponseData> =>
      request(call.url, { dispatcher, ...optionsOf(undici, call) });
    return {
      async send(call) {
        const { statusCode, body } = await send(call);
        return { status: statusCode, text: await body.text() };
      },
      async answer(call) {
        const response = await send(call);
        return [response, await response.body.text()];
      },
      stream: async (call) => (await send(call)).body,
    };
  };
}

type Options = Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & { method: Dispatcher.HttpMethod };

function optionsOf(
  undici: typeof Undici,
  { body, method = body ? 'POST' : 'GET', headers = {}, signal, tokenRequest }: Call,
): Options {
  const [sent, type] = bodyOf(undici, body);
  return {
    method,
    headers: { ...(type && { 'content-type': type }), ...headers },
    ...(sent !== undefined && { body: sent }),
    ...(signal && { signal }),
    ...(tokenRequest && { tokenRequest }),
  };
}

function bodyOf({ FormData }: typeof Undici, body: CallBody | undefined): [body?: Options['body'], type?: string] {
  if (body === undefined) return [];
  if ('text' in body) return [body.text];
  if ('bytes' in body) return [body.bytes];
  if ('form' in body) return [new URLSearchParams(body.form).toString(), 'application/x-www-form-urlencoded'];
  if ('json' in body) return [JSON.stringify(body.json), 'application/json'];
  if ('stream' in body) return [Readable.from(body.stream)];
  const form = new FormData();
  for (const [name, value] of body.formData) form.set(name, value);
  return [form];
}
