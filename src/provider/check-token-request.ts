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
const OWN_OPTION: ReadonlyMap<string, string> = new Map([
  ['grant_type', 'grant'],
  ['scope', 'scope'],
  ['audience', 'audience'],
  ['resource', 'resource'],
  ['authorization_details', 'authorizationDetails'],
  ['client_id', 'clientId'],
  ['client_secret', 'clientSecret'],
  ['client_assertion', 'clientAuthentication'],
  ['client_assertion_type', 'clientAuthentication'],
]);

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
  checkDetails(request.authorizationDetails);
  if (request.parameters === undefined) return;
  // A Map or URLSearchParams would count as empty, and ask for another token than was meant.
  if (Symbol.iterator in checkedObject('parameters', request.parameters)) {
    throw new ConfigurationError('parameters', 'must be a plain object of strings by name');
  }
  for (const [name, value] of Object.entries(request.parameters)) {
    const option = OWN_OPTION.get(name);
    if (option !== undefined) throw new ConfigurationError(`parameters.${name}`, `use the option "${option}"`);
    if (typeof value !== 'string') throw new ConfigurationError(`parameters.${name}`, 'must be a string');
  }
}

function checkDetails(details: unknown): void {
  if (details === undefined) return;
  const isList = Array.isArray(details) && details.every((entry) => typeof entry === 'object' && entry !== null);
  try {
    if (isList) JSON.stringify(details);
    else throw new TypeError();
  } catch {
    throw new ConfigurationError('authorizationDetails', 'must be an array of objects, as JSON has them (RFC 9396 §2)');
  }
}

function toList(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
