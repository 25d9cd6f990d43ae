import type { Redactor } from './redaction.ts';

const LONGEST_EXCERPT = 200;
const LONGEST_READ = 4_096;
// A word of a sentence or a short number. Anything else could be a piece of a token.
const PLAIN_WORD = /^(?=.{1,20}$)(\p{L}+(['’-]\p{L}+)*|\d{1,4})[.,:;!?]?$/u;

/**
 * The readable words of an answer that is not what it should be, so that a person can tell a proxy's error page
 * from a login form. Markup goes, and so does every run of characters that is not plainly a word: what cannot be
 * read safely is shown as `…`. JSON is not quoted at all, since it may be a token that was cut.
 */
export function safeExcerpt(text: string, redact: Redactor): string {
  if (/^\s*[[{"]/.test(text)) return '[JSON-like text]';
  // Masked before it is cut: a piece of a secret would not be recognised. A word that the cut went through goes. How long
  // a text is looked at is for the redactor to bound.
  const masked = redact(text);
  const start = masked.length <= LONGEST_READ ? masked : masked.slice(0, LONGEST_READ).replace(/[\s>][^\s>]*$/, '');
  const prose = start
    .replace(/<(script|style)\b[\s\S]*?(<\/\1\s*>|$)/gi, ' ')
    .replace(/<[^>]*(>|$)/g, ' ')
    .replace(/\s+/g, ' ');
  return plainWords(redact(prose)).slice(0, LONGEST_EXCERPT);
}

/** A text's plain words; everything else in it is shown as `…`. */
export function plainWords(text: string): string {
  const words = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => (PLAIN_WORD.test(word) ? word : '…'));
  return words.filter((word, index) => word !== '…' || words[index - 1] !== '…').join(' ');
}
