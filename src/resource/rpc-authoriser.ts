import { ConfigurationError } from '../errors/configuration-error.ts';
import type { TokenSource } from '../values/token-source.ts';
import { Authoriser, type BearerOptions } from './authoriser.ts';

/** Options of an RPC client: a channel leads to one host, so that there are no other origins. */
export type RpcBearerOptions = Omit<BearerOptions, 'otherOrigins'>;

/**
 * The rules for RPC clients, which tell neither scheme nor port of where a call goes: of `origins`, the hosts count. A
 * function is asked as it is.
 *
 * @throws {ConfigurationError} naming the option
 */
export function rpcAuthoriser(source: TokenSource, options: RpcBearerOptions): Authoriser {
  if (Object(options) === options && Object.hasOwn(options, 'otherOrigins')) {
    throw new ConfigurationError('otherOrigins', 'is not a known option');
  }
  const authoriser = new Authoriser(source, options);
  const { origins } = options;
  if (typeof origins === 'function') return authoriser;
  const hosts = new Set([origins].flat().map((origin) => new URL(origin as string | URL).hostname));
  return new Authoriser(source, { ...options, origins: ({ hostname }) => hosts.has(hostname) });
}

/**
 * The address of a call, for those rules.
 *
 * @param service `https://host/package.Service`, whatever the channel; an IPv6 address may come without brackets
 * @param method `/package.Service/Method`
 */
export function rpcUrl(service: string, method: string, isEncrypted: boolean): URL {
  const host = service.split('/')[2] ?? '';
  const hostname = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return new URL(method, `${isEncrypted ? 'https' : 'http'}://${hostname}`);
}
