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
  const start = text.slice(0, LONGEST_READ).trim();
  if (start === '') return '';
  if (/^[[{"]/.test(start)) return '[JSON-like text]';
  const prose = start.replace(/<(script|style)\b[\s\S]*?(<\/\1\s*>|$)/gi, ' ').replace(/<[^>]*(>|$)/g, ' ');
  const words = redact(prose)
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => (PLAIN_WORD.test(word) ? word : '…'));
  return words
    .filter((word, index) => word !== '…' || words[index - 1] !== '…')
    .join(' ')
    .slice(0, LONGEST_EXCERPT);
}
