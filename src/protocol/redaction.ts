import { MASK, masked } from './mask.ts';
import { type Spellings, spellingsOf } from './spellings.ts';

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
const LONGEST_READ = 8_192;
const SHORTEST_READ = 128; // with so many secrets that less could be read, nothing is told
const MOST_WORK = 2 ** 24; // characters of the text times those of all secrets: a second or so, at the very worst

/**
 * Masks, in any text, what one token request carried that must not be seen. Of a long text only the beginning is told, up
 * to 4,096 characters, fewer where the secrets have over 2,048: whoever sends it must not decide how long we look.
 */
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
  const known = [...secrets].filter(({ length }) => length >= SHORTEST_SECRET);
  const toRead = Math.min(LONGEST_READ, Math.floor(MOST_WORK / known.join('').length));
  let spellings: readonly Spellings[] | undefined; // made when needed: most requests succeed
  return (text) => {
    if (toRead < SHORTEST_READ) return MASK;
    try {
      spellings ??= known.flatMap(spellingsOf);
      return maskedBeginning(text, spellings, toRead);
    } catch {
      return MASK; // an engine that refuses a pattern quotes it in its error
    }
  };
}

/** Half of what is read is told, so that a secret which goes on beyond that is known all the same. */
function maskedBeginning(text: string, spellings: readonly Spellings[], toRead: number): string {
  const longest = toRead / 2;
  const read = text.slice(0, toRead);
  const plain = read.toLowerCase();
  const patterns = spellings.filter(({ anchor }) => plain.includes(anchor)).map((part) => part.pattern());
  const told = masked(read, patterns, longest);
  // The word that the cut went through goes: it may be the beginning of a token.
  return text.length > longest ? ` ${told}`.replace(/\s\S*$/, ' …').slice(1) : told;
}

const MOST_COLONS = 16; // of a client id: each is one more secret to look for

function basicPassword(credentials: string): readonly string[] {
  try {
    const bytes = Uint8Array.from(atob(credentials), (character) => character.charCodeAt(0));
    // The client id may hold colons, too, where it is not encoded: whatever may be the password counts as one.
    const [, ...parts] = new TextDecoder().decode(bytes).split(':');
    return parts.slice(0, MOST_COLONS).flatMap((_, index) => {
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
  const frames = framesOf(source).map(redact);
  Object.defineProperties(retold, {
    name: { value: name, configurable: true, writable: true },
    stack: {
      value: [`${name}: ${retold.message}`, ...frames].join('\n'),
      configurable: true,
      writable: true,
    },
  });
  if ('code' in source && typeof source.code === 'string') Object.assign(retold, { code: redact(source.code) });
  if (source.cause !== undefined && depth < LONGEST_CAUSE_CHAIN)
    retold.cause = retellError(source.cause, redact, tell, depth + 1);
  return retold;
}

/** Of a stack the frames only, where it is known that they are: a line of the message may look like one. */
function framesOf({ stack, message }: Partial<Error>): readonly string[] {
  if (typeof stack !== 'string' || typeof message !== 'string') return [];
  const at = stack.indexOf(message);
  return at < 0 ? [] : (stack.slice(at + message.length).match(/^ +at .*/gm) ?? []);
}
