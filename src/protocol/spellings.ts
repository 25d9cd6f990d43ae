// In characters of the secret. One becomes up to 200 of a pattern, and engines refuse patterns of some hundred thousand.
const LONGEST_PART = 256;
const JSON_LETTERS: Readonly<Record<string, string>> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' };

/** A part of a secret, however it is written. */
export interface Spellings {
  /** A text without it, in lower case, cannot hold the part: making the pattern is spared then, which takes its time. */
  readonly anchor: string;
  pattern(): RegExp;
}

/**
 * Patterns that find a secret however a server writes it: as it is, in a URL, a form, JSON or HTML, in any mixture of
 * these and also escaped repeatedly. A long secret is found by its parts.
 */
export function spellingsOf(secret: string): readonly Spellings[] {
  // Each character with the backslashes before it, so that there is one way only to match a run of them: a text full of
  // backslashes would take for ever otherwise.
  const characters = secret.match(/\\*[^\\]|\\+$/gu) ?? [];
  const parts = Math.ceil(characters.length / LONGEST_PART);
  const size = Math.ceil(characters.length / parts);
  return Array.from({ length: parts }, (_, part) => {
    const own = characters.slice(part * size, (part + 1) * size);
    let made: RegExp | undefined;
    return {
      anchor: anchorOf(own.join('')),
      pattern() {
        made ??= new RegExp(own.map(patternOf).join(''), 'giu'); // without case for the sake of hexadecimal digits
        return made;
      },
    };
  });
}

/** The longest run of plain letters and digits: whoever escapes a text leaves these as they are. */
function anchorOf(part: string): string {
  const runs = part.toLowerCase().match(/[a-z0-9]+/g) ?? [''];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest));
}

function patternOf(escaped: string): string {
  const character = escaped.replace(/^\\+/, '');
  const backslashes = escaped.length - character.length;
  const isPlain = /^[A-Za-z0-9]?$/.test(character);
  if (backslashes > 0) {
    const core = isPlain ? character : `(?:${[...afterBackslash(character), ...alone(character)].join('|')})`;
    const backslash = ['\\\\', ...afterBackslash('\\'), ...alone('\\')].join('|');
    return `(?:${backslash}){${backslashes},${4 * backslashes + 3}}${core}`;
  }
  if (isPlain) return character;
  return `(?:\\\\{1,8}(?:${afterBackslash(character).join('|')})|\\\\{0,8}(?:${alone(character).join('|')}))`;
}

/**
 * What stands for a character after a backslash, and only there: what else can stand for one begins with a sign, so that
 * there is one way only to read a text, and no text takes for ever.
 */
function afterBackslash(character: string): readonly string[] {
  const units = Array.from({ length: character.length }, (_, at) => `u${hex(character.charCodeAt(at), 4)}`);
  return [units.join('\\\\{1,8}'), JSON_LETTERS[character] ?? []].flat();
}

/** The ways to write a character without backslashes, save plain letters and digits. */
function alone(character: string): readonly string[] {
  const code = character.codePointAt(0) ?? 0;
  // Any name will do for any character: there are two thousand of them, and some characters have several. Not so for a
  // backslash, since it is not known how many of them there are before a character.
  const name = character === '\\' ? 'bsol' : '(?!bsol;)[a-z][a-z0-9]{1,31}';
  const html = `&(?:amp;){0,3}(?:#0{0,4}${code}|#x0{0,4}${hex(code)}|${name});`;
  const bytes = [...new TextEncoder().encode(character)].map((byte) => `%(?:25){0,3}${hex(byte, 2)}`).join('');
  const others = character === ' ' ? ['\\+'] : [];
  const itself = character === '\\' ? [] : [character.replace(/[\^$.*+?()[\]{}|/]/, '\\$&')];
  return [html, bytes, ...others, ...itself]; // itself last: `&` also begins `&amp;`
}

function hex(code: number, digits = 0): string {
  return code.toString(16).padStart(digits, '0');
}
