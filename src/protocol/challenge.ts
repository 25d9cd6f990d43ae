/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case, values unquoted. The first of two with the same name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const SEPARATOR = /[\s,]*/y;
const PARAMETER = /([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"=]*))(?=[\s,]|$)/y;
const SCHEME = /([!#$%&'*+.^_`|~\w-]+)(?=[\s,]|$)/y;
const UNREADABLE = /[^\s,]+/y;

/**
 * Reads `WWW-Authenticate` (RFC 9110 §11.6.1), also several challenges in one header. What cannot be read is passed
 * over: a challenge only ever decides whether a new token is worth asking for.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(SEPARATOR);
    if (at >= header.length) return challenges;
    const parameter = take(PARAMETER);
    if (parameter !== null) {
      const [, name = '', quoted, plain] = parameter;
      const parameters = challenges.at(-1)?.parameters;
      if (parameters?.has(name.toLowerCase()) === false) {
        parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
      }
      continue;
    }
    const scheme = take(SCHEME)?.[1];
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else take(UNREADABLE);
  }
}

// RFC 6750 §3.1, RFC 9470 §3, RFC 9449 §7.1 (`invalid_dpop_proof`) and §9 (`use_dpop_nonce`): a new token of the same kind would be refused just the same.
const NOT_CURED_BY_A_NEW_TOKEN = new Set([
  'insufficient_scope',
  'insufficient_user_authentication',
  'invalid_dpop_proof',
  'invalid_request',
  'use_dpop_nonce',
]);

/**
 * Whether an answer says that the token itself is no longer good: status 401, unless a Bearer or DPoP challenge names
 * another reason. Many servers send no challenge, or no code in it.
 */
export function isTokenRejected(status: number, wwwAuthenticate: string | null | undefined): boolean {
  if (status !== 401) return false;
  return !errorsNamed(wwwAuthenticate).some((error) => NOT_CURED_BY_A_NEW_TOKEN.has(error));
}

/** Whether an answer says that the proof of possession lacks the server's nonce (RFC 9449 §9): the token is good. */
export function isNonceWanted(status: number, wwwAuthenticate: string | null | undefined): boolean {
  return status === 401 && errorsNamed(wwwAuthenticate).includes('use_dpop_nonce');
}

function errorsNamed(wwwAuthenticate: string | null | undefined): readonly string[] {
  return parseChallenges(wwwAuthenticate ?? '')
    .filter(({ scheme }) => scheme === 'bearer' || scheme === 'dpop')
    .map(({ parameters }) => parameters.get('error') ?? '');
}
