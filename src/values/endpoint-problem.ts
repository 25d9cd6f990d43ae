import { isSecureUrl } from './secure-url.ts';

/**
 * Why an authorization server's endpoint must not be used, if so: it has to be https (http on loopback, or where
 * insecure ones are allowed), without user info, without a fragment (RFC 6749 §3.2).
 */
export function endpointProblem(given: string, allowInsecure: boolean): string | undefined {
  if (!URL.canParse(given)) return 'must be an absolute URL';
  const url = new URL(given);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must be an https URL';
  if (!isSecureUrl(url) && !allowInsecure) {
    return 'must be https, or http on loopback, unless "allowInsecure" is set';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold user info';
  if (url.hash !== '') return 'must not have a fragment (RFC 6749 §3.2)';
  return undefined;
}
