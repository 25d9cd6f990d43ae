import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isTokenRejected, parseChallenges } from '../../src/protocol/challenge.ts';

type Read = readonly (readonly [scheme: string, parameters: Readonly<Record<string, string>>])[];
const read = (header: string): Read =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('reading WWW-Authenticate', () => {
  it.each<[string, string, Read]>([
    ['RFC 6750 §3', 'Bearer realm="example"', [['bearer', { realm: 'example' }]]],
    [
      'RFC 6750 §3.1',
      'Bearer realm="example", error="invalid_token", error_description="The access token expired"',
      [['bearer', { realm: 'example', error: 'invalid_token', error_description: 'The access token expired' }]],
    ],
    [
      'RFC 9110 §11.6.1, two challenges and escapes',
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ['basic', { realm: 'simple' }],
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ],
    ],
    [
      'RFC 9449 §9',
      'DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof"',
      [['dpop', { error: 'use_dpop_nonce', error_description: 'Resource server requires nonce in DPoP proof' }]],
    ],
    [
      'RFC 9449 §7.1, two schemes',
      'Bearer, DPoP algs="ES256 PS256"',
      [
        ['bearer', {}],
        ['dpop', { algs: 'ES256 PS256' }],
      ],
    ],
    [
      'RFC 9728 §5.1',
      'Bearer resource_metadata="https://r.example/.well-known/oauth-protected-resource"',
      [['bearer', { resource_metadata: 'https://r.example/.well-known/oauth-protected-resource' }]],
    ],
    ['a comma inside quotes', 'Bearer realm="a, b=c", error="x"', [['bearer', { realm: 'a, b=c', error: 'x' }]]],
    ['an escaped backslash', 'Bearer realm="a\\\\", error="x"', [['bearer', { realm: 'a\\', error: 'x' }]]],
    ['a scheme inside quotes', 'Bearer realm="x, DPoP error=y"', [['bearer', { realm: 'x, DPoP error=y' }]]],
    ['no blank after a comma', 'Bearer realm="a",error="b",x=c', [['bearer', { realm: 'a', error: 'b', x: 'c' }]]],
    ['blanks around =', 'Bearer realm = "a" , error\t=\tb', [['bearer', { realm: 'a', error: 'b' }]]],
    ['blanks for commas', 'Bearer realm="a" error="b"', [['bearer', { realm: 'a', error: 'b' }]]],
    ['empty list elements', ' , ,Bearer error="a",, ,x=y,', [['bearer', { error: 'a', x: 'y' }]]],
    ['names in any case', 'BEARER Error="Invalid_Token"', [['bearer', { error: 'Invalid_Token' }]]],
    ['values without quotes', 'Bearer error=invalid_token', [['bearer', { error: 'invalid_token' }]]],
    ['an empty value', 'Bearer realm="", error=', [['bearer', { realm: '', error: '' }]]],
    ['the first of two', 'Bearer error="a", ERROR="b"', [['bearer', { error: 'a' }]]],
    ['a scheme alone', 'Negotiate', [['negotiate', {}]]],
    ['a parameter without a scheme', 'error="invalid_token", Bearer x=1', [['bearer', { x: '1' }]]],
    ['nothing', '', []],
    ['junk', '"", = ;;; (x) "unclosed', []],
  ])('%s', (_, header, expected) => expect(read(header)).toEqual(expected));

  it.each(['Negotiate YII=', 'Negotiate YWJj/2+3==', 'NTLM TlRMTVNTUAAC', 'Basic YWJjZGVm'])(
    'is not led astray by the token68 of %j',
    (first) => {
      const challenge = parseChallenges(`${first}, Bearer error="insufficient_scope"`).at(-1);
      expect(challenge?.scheme).toBe('bearer');
      expect(challenge?.parameters.get('error')).toBe('insufficient_scope');
    },
  );

  it('leaves prototypes alone', () => {
    const [challenge] = parseChallenges('Bearer __proto__="x", constructor=y');
    expect([...(challenge?.parameters ?? [])]).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('reads back whatever was written by the rules', () => {
    const token = fc.string({ unit: fc.constantFrom(..."ab09!#$%&'*+-.^_`|~"), minLength: 1, maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom(...'ab ,="\\\t;/'), maxLength: 12 });
    const parameters = fc.dictionary(token, text, { maxKeys: 4, noNullPrototype: true });
    const challenges = fc.array(fc.tuple(token, parameters), { maxLength: 4 });
    fc.assert(
      fc.property(challenges, fc.boolean(), (written, isTight) => {
        const header = written.map(([scheme, values]) => {
          const pairs = Object.entries(values).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`);
          return `${scheme} ${pairs.join(isTight ? ',' : ' , ')}`;
        });
        expect(read(header.join(isTight ? ',' : ', '))).toEqual(written);
      }),
    );
  });
});

describe('a hostile header of 100 KB', () => {
  const long = (part: string): string => part.repeat(Math.ceil(100_000 / part.length));
  it.each([
    ['a name without end', 'a'],
    ['an open quote', `a="${long('b')}`],
    ['an open quote with escapes', `a="${long('\\"')}`],
    ['an open quote after blanks', `a=${long(' ')}"${long('x')}`],
    ['quotes opened again and again', 'a="\\" '],
    ['quotes that close onto text', 'a="b"c'],
    ['names and blanks', 'a '],
    ['a name and blanks', `a${long(' ')}b`],
    ['equals signs', '='],
    ['names and equals signs', 'a= '],
    ['commas', ', '],
    ['backslashes', `a="${long('\\')}`],
    ['parameters', 'Bearer a="b", '],
    ['bytes outside a token', '"('],
  ])('is read in time: %s', (_, part) => {
    const header = long(part);
    const startedMs = performance.now();
    parseChallenges(header);
    expect(performance.now() - startedMs).toBeLessThan(2_000); // a few milliseconds; were it quadratic, half a minute
  });

  it('made of anything is read without an error', () => {
    const header = fc.string({ unit: fc.constantFrom(...'aB=", \t\\/;\u00e9'), maxLength: 60 });
    fc.assert(fc.property(header, (text) => parseChallenges(text).every(({ scheme }) => scheme !== '')));
  });
});

describe('whether the token was rejected', () => {
  it.each<[number, string | null | undefined, boolean]>([
    [401, undefined, true],
    [401, null, true],
    [401, '', true],
    [401, 'Bearer', true],
    [401, 'Bearer realm="x"', true],
    [401, 'Bearer error="invalid_token"', true],
    [401, 'Bearer error="something_else"', true],
    [401, 'DPoP error="invalid_token"', true],
    [401, 'Basic realm="x"', true],
    [401, 'Basic error="insufficient_scope"', true], // another scheme's parameters mean nothing here
    [401, 'junk "', true],
    [401, 'Bearer error="insufficient_scope"', false],
    [401, 'bearer ERROR=insufficient_scope', false],
    [401, 'Bearer error="invalid_request"', false],
    [401, 'Bearer error="insufficient_user_authentication", acr_values="x"', false],
    [401, 'DPoP error="use_dpop_nonce"', false],
    [401, 'Basic realm="x", Bearer error="insufficient_scope"', false],
    [403, 'Bearer error="invalid_token"', false],
    [403, undefined, false],
    [400, 'Bearer error="invalid_token"', false],
    [200, 'Bearer error="invalid_token"', false],
    [407, undefined, false],
    [500, 'Bearer error="invalid_token"', false],
  ])('by status %d and %j: %s', (status, header, expected) => expect(isTokenRejected(status, header)).toBe(expected));
});
