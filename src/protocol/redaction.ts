import { spellingsOf } from './spellings.ts';

// Form fields that say what is asked for, not who asks: all others count as secret.
const PUBLIC_FIELDS = new Set([
  'grant_type',
  'scope',
  'audience',
  'resource',
  'authorization_details',
  'client_id',
  'client_assertion_type',
  'subject_token_type',
  'actor_token_type',
  'requested_token_type',
]);

const PUBLIC_HEADERS = new Set(['accept', 'content-type']);
const SHORTEST_SECRET = 4; // anything shorter would mask half of any text

/** Masks, in any text, what one token request carried that must not be seen. */
export type Redactor = (text: string) => string;

/**
 * Finds the secrets of a prepared token request: its credentials and every header, form field and value of the
 * address's query that is not plainly public.
 */
export function redactorFor(body: URLSearchParams, headers: Headers, url: URL): Redactor {
  const secrets = new Set<string>();
  for (const [name, value] of url.searchParams) secrets.add(value || name);
  for (const [name, value] of body) if (!PUBLIC_FIELDS.has(name)) secrets.add(value);
  for (const [name, value] of headers) if (!PUBLIC_HEADERS.has(name)) secrets.add(value);
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const credentials = authorization.slice(authorization.indexOf(' ') + 1);
    const unpadded = credentials.replace(/=+$/, '');
    const urlSafe = unpadded.replaceAll('+', '-').replaceAll('/', '_');
    for (const spelling of [credentials, unpadded, urlSafe, ...basicPassword(credentials)]) secrets.add(spelling);
  }
  // Longest first: a secret that holds another must go as a whole.
  const ordered = [...secrets].filter(({ length }) => length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
  let patterns: readonly RegExp[] | undefined; // made when needed: most requests succeed
  return (text) => {
    patterns ??= ordered.flatMap(spellingsOf);
    return patterns.reduce((masked, pattern) => masked.replace(pattern, '[redacted]'), text);
  };
}

function basicPassword(credentials: string): readonly string[] {
  try {
    const bytes = Uint8Array.from(atob(credentials), (character) => character.charCodeAt(0));
    // The client id may hold colons, too, where it is not encoded: whatever may be the password counts as one.
    const [, ...parts] = new TextDecoder().decode(bytes).split(':');
    return parts.flatMap((_, index) => {
      const password = parts.slice(index).join(':');
      return [password, new URLSearchParams(`p=${password}`).get('p') ?? ''];
    });
  } catch {
    return []; // not Basic: the credentials as a whole are masked already
  }
}

const LONGEST_CAUSE_CHAIN = 4;

/**
 * Retells a foreign error with its name, message, code, place and causes, masked. The error itself may drag along the
 * request that failed, form and all, and would show it wherever errors are printed.
 *
 * @param tell how messages are masked, if not as all the rest
 */
export function retellError(error: unknown, redact: Redactor, tell: Redactor = redact, depth = 0): Error {
  const source = (typeof error === 'object' && error !== null ? error : { message: String(error) }) as Partial<Error>;
  const retold = new Error(tell(String(source.message ?? '')));
  const name = redact(String(source.name ?? 'Error'));
  // The frames only: what stands before them is the message as it was when the error was made.
  const frames = typeof source.stack === 'string' ? (source.stack.match(/^ +at .*/gm) ?? []) : [];
  Object.defineProperties(retold, {
    name: { value: name, configurable: true, writable: true },
    stack: {
      value: [`${name}: ${retold.message}`, ...frames.map(redact)].join('\n'),
      configurable: true,
      writable: true,
    },
  });
  if ('code' in source && typeof source.code === 'string') Object.assign(retold, { code: redact(source.code) });
  if (source.cause !== undefined && depth < LONGEST_CAUSE_CHAIN)
    retold.cause = retellError(source.cause, redact, tell, depth + 1);
  return retold;
}
