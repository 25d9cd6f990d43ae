import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { masked as mask } from '../../src/protocol/mask.ts';
import { spellingsOf } from '../../src/protocol/spellings.ts';

const masked = (secret: string, text: string): string =>
  mask(
    text,
    spellingsOf(secret).map((part) => part.pattern()),
  ).replaceAll('[redacted]', '*');

const percent = (character: string): string =>
  [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const named: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const isPlain = (character: string): boolean => /^[a-z0-9]$/i.test(character);

/** Ways in which servers write one character that is not plainly a letter or a digit. */
const spellings: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => new URLSearchParams([['', character]]).toString().slice(1),
  percent,
  (character) => percent(character).toUpperCase(),
  (character) => encodeURIComponent(percent(character)),
  (character) => JSON.stringify(character).slice(1, -1),
  (character) => JSON.stringify(JSON.stringify(character).slice(1, -1)).slice(1, -1),
  (character) => character.replace('/', '\\/'),
  (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  (character) => named[character] ?? character,
  (character) => (named[character] ?? character).replace('&', '&amp;'),
  (character) => `&#${character.codePointAt(0)};`,
  (character) => `&#x${character.codePointAt(0)?.toString(16)};`,
  (character) => `&#0${character.codePointAt(0)};`,
  (character) => (character === '\\' ? '&bsol;' : '&anyname12;'),
];

describe('a secret', () => {
  it('is found in any mixture of spellings, as a whole', () => {
    const character = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom(...'+/=&<>"\'\\%~-_.*:;#?! \n\t'),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    const written = fc.tuple(character, fc.constantFrom(...spellings));
    fc.assert(
      fc.property(fc.array(written, { minLength: 4, maxLength: 30 }), (list) => {
        const secret = list.map(([one]) => one).join('');
        fc.pre(secret.isWellFormed());
        const text = list.map(([one, spell]) => (isPlain(one) ? one : spell(one))).join('');
        expect(masked(secret, `(${text})`)).toBe('(*)');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['pä@w+(x).y', 'p&auml;&commat;w&plus;&lpar;x&rpar;&period;y'],
    ['a\\-b', 'a&bsol;&hyphen;b'],
    ['a-b', 'a&amp;dash;b'],
    ['a&b', 'a&AMP;b'],
  ])('is found with the names that HTML has for characters: %s', (secret, text) => {
    expect(masked(secret, `(${text})`)).toBe('(*)');
  });

  it.each([
    ['Bearer-Ab12-xY', 'bearer'],
    ['...', ''],
    ['ä+ÖXY', 'xy'],
  ])('is not looked for where its plain letters are missing: %s', (secret, anchor) => {
    expect(spellingsOf(secret).map((part) => part.anchor)).toEqual([anchor]);
  });

  it('is not found in another text', () => {
    for (const other of ['a-b+c', 'a+b', 'a%2Bb%2Bc', 'a.b.c']) expect(masked('a+b.c', other)).toBe(other);
  });

  it.each([
    ['\\'.repeat(40), '\\'],
    ['\\"'.repeat(40), '\\\\\\"'],
    ['&'.repeat(40), '&amp;amp;'],
    ['%25'.repeat(40), '%2525'],
    ['\n'.repeat(40), '\\n'],
    ['&!;'.repeat(40), '&u0021;'],
    ['\\&'.repeat(40), '&a1;'],
    ['\\-'.repeat(40), '&bsol;'],
    ['&a1;'.repeat(40), '&a1;'],
  ])('is looked for in little time, whatever the text: %j', (secret, piece) => {
    const text = piece.repeat(200_000).slice(0, 1_000_000);
    expect(masked(`${secret}x`, text)).toBe(text);
  });

  it.each([
    ['punctuation', '!#$%*+,-./:;=?@_{}[]'],
    ['CJK', '漢字仮名交文章'],
    ['emoji', '😀🔑🗝️'],
    ['backslashes', '\\'],
    ['line breaks', '\r\n'],
  ])('of 4,096 characters is found whatever they are: %s', (_, alphabet) => {
    const letters = [...alphabet];
    const secret = Array.from({ length: 4_096 }, (_unused, at) => letters[(at * at + 7 * at) % letters.length]).join(
      '',
    );
    for (const text of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      expect(masked(secret, `(${text})`)).toBe('(*)');
    }
  });

  it('of any length is found, by its parts', () => {
    const secret = Array.from({ length: 500 }, (_, at) => createHash('sha256').update(`${at}`).digest('base64')).join(
      '',
    );
    expect(masked(secret, `(${encodeURIComponent(secret)})`)).toBe('(*)');
  });
});
