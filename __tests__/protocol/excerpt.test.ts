import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainWords, safeExcerpt } from '../../src/protocol/excerpt.ts';

const asIs = (text: string): string => text;
const SECRET = 'correct horse';
const redact = (text: string): string => text.replaceAll(SECRET, '[redacted]');

describe('the excerpt of an answer', () => {
  it.each<[string, string, string]>([
    ['nothing', '', ''],
    ['white space', ' \r\n\t', ''],
    ['a sentence', 'Service Unavailable, try again in 30 minutes.', 'Service Unavailable, try again in 30 minutes.'],
    ['words of any language', "l’été s'achève übermorgen", "l’été s'achève übermorgen"],
    ['markup', '<html><h1>502</h1>\n<hr><center>nginx</center></html>', '502 nginx'],
    ['what markup hides', '<style>p{a:b}</style><script src="x">var token = 1</script><p title="abc">Hello', 'Hello'],
    ['an unclosed script', 'Hello <script>var access = token', 'Hello'],
    ['an unclosed tag', 'Hello <input value="abc', 'Hello'],
    ['a token', 'Your token is eyJhbGciOi.abc-123 today', 'Your token is … today'],
    ['a long word', `see ${'a'.repeat(21)} there`, 'see … there'],
    ['a long number', 'code 4711 of 123456', 'code 4711 of …'],
    ['letters and digits', 'key abc123 DEF456, here', 'key … here'],
    ['a URL', 'see https://docs.example/a?b=c for more', 'see … for more'],
    ['a form', 'access_token=abc&scope=read', '…'],
    ['JSON', ' {"access_token":"plain', '[JSON-like text]'],
    ['a JSON array', '\ufeff["plain words"]', '[JSON-like text]'],
    ['a JSON text', '"plain"', '[JSON-like text]'],
  ])('of %s', (_, text, excerpt) => expect(safeExcerpt(text, asIs)).toBe(excerpt));

  it('is at most 200 characters long', () => {
    expect(safeExcerpt('word '.repeat(1_000), asIs)).toHaveLength(200);
  });

  it.each([
    ['as it is', `<p>no ${SECRET} here</p>`],
    ['broken by markup', '<p>no correct<br>horse here</p>'],
    ['broken by a line', 'no correct\r\n   horse here'],
    ['at the very beginning', `${SECRET} is wrong`],
  ])('has the secrets of the request masked, also %s', (_, text) => {
    expect(safeExcerpt(text, redact)).toMatch(/^(no … here|… is wrong)$/);
  });

  it.each([8, 9, 10, 11, 12])('shows no piece of a secret that would be cut after %d characters', (kept) => {
    const text = `<p title="${'x '.repeat(2_000)}">`.padEnd(4_096 - kept, ' ') + SECRET;
    expect(text.slice(4_096 - kept)).toBe(SECRET);
    expect(safeExcerpt(`${text} is wrong`, redact)).not.toMatch(/corr|hor/);
  });

  it('shows no piece of a word that was cut, since it may be the beginning of a token', () => {
    const page = `<!--${'-'.repeat(4_080)}--><p>`;
    expect(safeExcerpt(`${page}Hi abcdefgh9.secret`, asIs)).toBe('Hi');
    expect(safeExcerpt(`${page}abcdefghijkl9.secret`, asIs)).toBe('');
  });

  it('stays within its bounds whatever the text', () => {
    const parts = fc.constantFrom(
      '<',
      '>',
      '"',
      '{',
      ' ',
      'word',
      'é',
      '<script>',
      '</script >',
      '\u{1f511}',
      '…',
      '4711',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 300 }), (written) => {
        const excerpt = safeExcerpt(written.join(''), asIs);
        expect(excerpt.length).toBeLessThanOrEqual(200);
        expect(excerpt).not.toMatch(/[<>{"=\n]/);
      }),
    );
  });

  it.each(['<', '<script', '<script>', '</script ', ' <a', 'a', ' ', '>'])(
    'of a megabyte of %j is made in time',
    (part) => {
      const startedMs = performance.now();
      safeExcerpt(part.repeat(1_048_576 / part.length), asIs);
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    },
  );
});

describe('the plain words of a message', () => {
  it.each([
    ['vault is sealed', 'vault is sealed'],
    [`Unexpected token 'h', "hunter2-abc" is not valid JSON`, 'Unexpected token … is not valid JSON'],
    ["ENOENT: no such file or directory, open '/run/secrets/x'", 'ENOENT: no such file or directory, open …'],
    ['', ''],
  ])('%j', (message, told) => expect(plainWords(message)).toBe(told));
});
