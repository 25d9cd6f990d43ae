import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedString } from '../errors/option-checks.ts';

/**
 * The host of a vendor's tenant, given as such, as its https address, or, where there is a domain for all tenants, as
 * the tenant's name alone.
 *
 * @throws {ConfigurationError} it is no host
 */
export function hostOf(option: string, given: string, domain = ''): string {
  const named = checkedString(option, given)
    .replace(/^https:\/\//i, '')
    .replace(/\/$/, '')
    .toLowerCase();
  const host = named.includes('.') ? named : `${named}${domain}`;
  // Nothing else may get into the address by way of the host: no path, no user, no query.
  if (!URL.canParse(`https://${host}`) || new URL(`https://${host}`).host !== host || !/^[^.]+\../.test(host)) {
    throw new ConfigurationError(
      option,
      domain === '' ? 'must be a host' : `must be a host, or a name under ${domain}`,
    );
  }
  return host;
}

/**
 * The address of something that has its own path, such as `https://sso.example/auth`.
 *
 * @throws {ConfigurationError} it is none, or what follows it would not become part of its path
 */
export function baseUrlOf(option: string, given: string): string {
  const url = checkedString(option, given);
  if (!URL.canParse(url) || /[?#]/.test(url)) {
    throw new ConfigurationError(option, 'must be an address without query and fragment');
  }
  return url.replace(/\/+$/, '');
}

/**
 * A name as one segment of an address's path.
 *
 * @throws {ConfigurationError} it is none: left out, it would make another address
 */
export function segmentOf(option: string, given: string): string {
  if (/^\.{1,2}$/.test(checkedString(option, given))) throw new ConfigurationError(option, 'must be a name');
  return encodeURIComponent(given);
}
