const LONGEST_PATTERN = 4_096; // of characters: engines refuse a pattern of some hundred thousand
const HTML_NAMES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
const JSON_LETTERS: Readonly<Record<string, string>> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' };

/**
 * Patterns that find a secret however a server writes it: as it is, in a URL, a form, JSON or HTML, in any mixture of
 * these and also escaped repeatedly. A long secret is found by its parts.
 */
export function spellingsOf(secret: string): readonly RegExp[] {
  // Each character with the backslashes before it, so that there is one way only to match a run of them: a text full of
  // backslashes would take for ever otherwise.
  const characters = secret.match(/\\*[^\\]|\\+$/gu) ?? [];
  const parts = Math.ceil(characters.length / LONGEST_PATTERN);
  const size = Math.ceil(characters.length / parts);
  return Array.from({ length: parts }, (_, part) => {
    const patterns = characters.slice(part * size, (part + 1) * size).map(patternOf);
    return new RegExp(patterns.join(''), 'giu'); // without case for the sake of hexadecimal digits
  });
}

function patternOf(escaped: string): string {
  const character = escaped.replace(/^\\+/, '');
  const backslashes = escaped.length - character.length;
  const isPlain = /^[A-Za-z0-9]?$/.test(character);
  const core = isPlain ? character : `(?:${spelled(character)})`;
  if (backslashes > 0) return `(?:\\\\|${spelled('\\')}){${backslashes},${4 * backslashes + 3}}${core}`;
  return isPlain ? core : `\\\\{0,8}${core}`;
}

/** The ways to write one character, without the backslashes before it. */
function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = HTML_NAMES[character];
  const html = `#0{0,4}${code}|#x0{0,4}${hex(code)}${name === undefined ? '' : `|${name}`}`;
  const bytes = [...new TextEncoder().encode(character)].map((byte) => `%(?:25){0,3}${hex(byte, 2)}`);
  const units = Array.from({ length: character.length }, (_, at) => `u${hex(character.charCodeAt(at), 4)}`);
  const others = character === ' ' ? ['\\+'] : [JSON_LETTERS[character] ?? []].flat();
  const itself = character === '\\' ? [] : [character.replace(/[\^$.*+?()[\]{}|/]/, '\\$&')];
  // Itself last: `&` also begins `&amp;`.
  return [`&(?:amp;){0,3}(?:${html});`, bytes.join(''), units.join('\\\\{1,8}'), ...others, ...itself].join('|');
}

function hex(code: number, digits = 0): string {
  return code.toString(16).padStart(digits, '0');
}
