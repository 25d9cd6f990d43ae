import { ConfigurationError } from '../errors/configuration-error.ts';
import { isSecureUrl } from '../values/secure-url.ts';

/**
 * Where tokens may go: origins (`https://api.example`, with a port if it is not the scheme's own), or a function that
 * is asked for each URL. There are no wildcards: one that matches more than was meant would send a token there.
 */
export type AllowedOrigins = string | URL | readonly (string | URL)[] | ((url: URL) => boolean);

/** @throws {ConfigurationError} `origins` is missing or names something that is not an origin */
export function originPredicate(origins: AllowedOrigins, allowInsecure: boolean): (url: URL) => boolean {
  if (typeof origins === 'function') return (url) => origins(new URL(url)) === true;
  const listed: readonly unknown[] = Array.isArray(origins) ? origins : [origins];
  if (listed.length === 0 || origins === undefined) {
    throw new ConfigurationError('origins', 'must name at least one origin that may get a token');
  }
  const allowed = new Set(listed.map((entry) => originOf(entry, allowInsecure)));
  const beginnings = [...allowed].map((origin) => `${origin}/`);
  // Most addresses are found by how they begin, which costs less than to make their origin: one with a user name, say.
  return (url) => beginnings.some((beginning) => url.href.startsWith(beginning)) || allowed.has(url.origin);
}

function originOf(entry: unknown, allowInsecure: boolean): string {
  const text = entry instanceof URL ? entry.href : entry;
  if (typeof text !== 'string' || !URL.canParse(text)) {
    throw new ConfigurationError('origins', 'must hold absolute URLs such as "https://api.example"');
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigurationError('origins', `must hold https URLs, got ${url.protocol}`);
  }
  if (url.hostname.includes('*')) {
    throw new ConfigurationError(
      'origins',
      'must name each host, there are no wildcards: a function may decide instead',
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new ConfigurationError('origins', `must hold scheme, host and port only, such as "${url.origin}"`);
  }
  if (!isSecureUrl(url) && !allowInsecure) {
    throw new ConfigurationError('origins', `${url.origin} is not https: set "allowInsecure" if that is meant`);
  }
  return url.origin;
}
