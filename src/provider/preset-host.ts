import { ConfigurationError } from '../errors/configuration-error.ts';

/**
 * The host of a vendor's tenant, given as such, as its https address, or, where there is a domain for all tenants, as
 * the tenant's name alone.
 *
 * @throws {ConfigurationError} it is no host
 */
export function hostOf(option: string, given: string, domain = ''): string {
  const named = String(given)
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
