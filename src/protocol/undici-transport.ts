import { platformTransport, type Transport } from './transport.ts';

/**
 * Carries token requests through a dispatcher of undici's: `ProxyAgent`, or an `Agent` with a private CA or a client
 * certificate.
 *
 * @param options `fetch`: that of the undici the dispatcher comes from. Default: the platform's, which takes dispatchers
 * of its own major version only.
 * @example undiciTransport(new Agent({ connect: { cert, key, ca } }), { fetch: undici.fetch })
 */
export function undiciTransport(
  dispatcher: object,
  options: { readonly fetch?: ((url: string, init: never) => Promise<unknown>) | undefined } = {},
): Transport {
  const send = (options.fetch ?? platformTransport) as (url: string, init: object) => Promise<Response>;
  return (url, init) => send(url, { ...init, headers: Object.fromEntries(new Headers(init.headers)), dispatcher });
}
