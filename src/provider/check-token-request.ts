import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedObject, checkedString, checkNames } from '../errors/option-checks.ts';
import type { TokenRequest } from '../values/token-request.ts';

export const TOKEN_REQUEST_FIELDS: readonly (keyof TokenRequest)[] = [
  'scope',
  'audience',
  'resource',
  'authorizationDetails',
  'parameters',
];
const KNOWN: ReadonlySet<string> = new Set(TOKEN_REQUEST_FIELDS);

// Form fields with an option of their own: a second spelling would make two keys, or worse, two meanings.
const OWN_OPTION: Readonly<Record<string, string>> = {
  grant_type: 'grant',
  scope: 'scope',
  audience: 'audience',
  resource: 'resource',
  authorization_details: 'authorizationDetails',
  client_id: 'clientId',
  client_secret: 'clientSecret',
  client_assertion: 'clientAuthentication',
  client_assertion_type: 'clientAuthentication',
};

/**
 * Checks the fields of a token request, wherever it was given.
 *
 * @param exact whether other fields are refused too: a misspelt one would silently ask for a wider token
 * @throws {ConfigurationError} naming the field
 */
export function checkTokenRequest(request: TokenRequest, exact = true): void {
  checkedObject('request', request);
  if (exact) checkNames('', request, KNOWN);
  for (const field of ['scope', 'audience', 'resource'] as const) {
    const value = request[field];
    if (value === undefined || typeof value === 'string') continue;
    if (!Array.isArray(value)) throw new ConfigurationError(field, 'must be a string or an array of strings');
    for (const entry of value) checkedString(field, entry);
  }
  for (const entry of toList(request.resource)) {
    if (!URL.canParse(entry) || entry.includes('#')) {
      throw new ConfigurationError('resource', 'must be an absolute URI without fragment (RFC 8707 §2)');
    }
  }
  if (request.authorizationDetails !== undefined && !Array.isArray(request.authorizationDetails)) {
    throw new ConfigurationError('authorizationDetails', 'must be an array of objects (RFC 9396 §2)');
  }
  if (request.parameters === undefined) return;
  for (const [name, value] of Object.entries(checkedObject('parameters', request.parameters))) {
    const option = OWN_OPTION[name];
    if (option !== undefined) throw new ConfigurationError(`parameters.${name}`, `use the option "${option}"`);
    if (typeof value !== 'string') throw new ConfigurationError(`parameters.${name}`, 'must be a string');
  }
}

function toList(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
