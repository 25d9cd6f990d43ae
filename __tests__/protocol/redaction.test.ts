import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { TokenRequestRejectedError } from '../../src/errors/token-request-rejected-error.ts';
import { clientSecretBasic, clientSecretPost } from '../../src/protocol/client-authentication.ts';
import { safeExcerpt } from '../../src/protocol/excerpt.ts';
import { type Redactor, redactorFor, retellError } from '../../src/protocol/redaction.ts';
import { readTokenAnswer } from '../../src/protocol/token-answer.ts';
import { answerOf, thrownBy } from './answer-of.ts';

const url = new URL('https://auth.example/token');
const server = { tokenUrl: url };
const noHeaders = new Headers();

const redactorOf = (fields: Readonly<Record<string, string>>, authorization?: string): Redactor =>
  redactorFor(new URLSearchParams(fields), new Headers(authorization === undefined ? {} : { authorization }), url);

const prepared = async (method: typeof clientSecretBasic, secret: string, encoding?: 'none'): Promise<Redactor> => {
  const body = new URLSearchParams();
  const headers = new Headers();
  await method('the-client', secret, encoding && { encoding }).authenticate(server, body, headers);
  return redactorFor(body, headers, url);
};

describe('what is masked', () => {
  it.each(['client_secret', 'client_assertion', 'assertion', 'subject_token', 'refresh_token', 'password', 'badge'])(
    'is the form field %s',
    (field) => expect(redactorOf({ [field]: 'hunter2-hunter2' })('a hunter2-hunter2 b')).toBe('a [redacted] b'),
  );

  it('is not what a form says in public', () => {
    const fields = {
      grant_type: 'client_credentials',
      scope: 'read',
      audience: 'https://a.example',
      client_id: 'the-client',
    };
    const said = 'client_credentials read https://a.example the-client';
    expect(redactorOf(fields)(said)).toBe(said);
  });

  it.each([
    ['the whole credentials', 'Basic dGhlLWNsaWVudDpodW50ZXIyLWh1bnRlcjI=', 'dGhlLWNsaWVudDpodW50ZXIyLWh1bnRlcjI='],
    ['the password', 'Basic dGhlLWNsaWVudDpodW50ZXIyLWh1bnRlcjI=', 'hunter2-hunter2'],
    ['the password after an id with colons', `Basic ${btoa('urn:client:1:hunter2-hunter2')}`, 'hunter2-hunter2'],
    ['the password before it was encoded', `Basic ${btoa('the-client:hunter2%2Bhunter2')}`, 'hunter2+hunter2'],
    ['a bearer credential', 'Bearer hunter2-hunter2', 'hunter2-hunter2'],
    ['a credential of no known kind', 'hunter2-hunter2', 'hunter2-hunter2'],
    [
      'the credentials without padding',
      'Basic dGhlLWNsaWVudDpodW50ZXIyLWh1bnRlcjI=',
      'dGhlLWNsaWVudDpodW50ZXIyLWh1bnRlcjI',
    ],
    ['the credentials as base64url', `Basic ${btoa('a:>>>???>>>???')}`, 'YTo-Pj4_Pz8-Pj4_Pz8'],
  ])('is %s of the Authorization header', (_, authorization, secret) => {
    expect(redactorOf({}, authorization)(`a ${secret} b`)).toBe('a [redacted] b');
  });

  it.each([
    ['as it is', 'p+a:s/s%w "ö" ord'],
    ['in a form', 'p%2Ba%3As%2Fs%25w+%22%C3%B6%22+ord'],
    ['in a URL', 'p%2Ba%3As%2Fs%25w%20%22%C3%B6%22%20ord'],
    ['in a URL, in lower case', 'p%2ba%3as%2fs%25w%20%22%c3%b6%22%20ord'],
    ['in JSON', 'p+a:s/s%w \\"ö\\" ord'],
    ["in PHP's JSON", 'p+a:s\\/s%w \\"\\u00f6\\" ord'],
    ['in HTML', 'p+a:s/s%w &quot;ö&quot; ord'],
    ['in JSON in HTML', 'p+a:s/s%w \\&#34;&#xF6;\\&#34; ord'],
    ['in JSON in JSON', 'p+a:s\\\\/s%w \\\\\\"ö\\\\\\" ord'],
  ])('is a secret however it is written: %s', (_, written) => {
    expect(redactorOf({ client_secret: 'p+a:s/s%w "ö" ord' })(`<${written}>`)).toBe('<[redacted]>');
  });

  it.each(['dpop', 'x-api-key'])('is the header %s', (name) => {
    const redact = redactorFor(new URLSearchParams(), new Headers({ [name]: 'hunter2-hunter2' }), url);
    expect(redact('a hunter2-hunter2 b')).toBe('a [redacted] b');
  });

  it('is no header that says nothing', () => {
    const headers = new Headers({ accept: 'application/json', 'content-type': 'text/plain' });
    const said = 'wanted application/json, got text/plain';
    expect(redactorFor(new URLSearchParams(), headers, url)(said)).toBe(said);
  });

  it("is the query of the endpoint's address, whatever it holds", () => {
    const asked = new URL('https://auth.example/token?code=hunter2%2Fhunter2&just-a-key&empty=');
    const redact = redactorFor(new URLSearchParams(), noHeaders, asked);
    expect(redact(`cannot reach ${asked.href}`)).toBe(
      'cannot reach https://auth.example/token?code=[redacted]&[redacted]&[redacted]=',
    );
    expect(redact('hunter2/hunter2')).toBe('[redacted]');
  });

  it('is every occurrence, the longest secret first', () => {
    const redact = redactorOf({ a: 'hunter2', b: 'hunter2-and-more' });
    expect(redact('hunter2-and-more, hunter2, hunter2-and')).toBe('[redacted], [redacted], [redacted]-and');
  });

  it('is nothing so short that it would mask half of any text', () => {
    expect(redactorOf({ pin: 'abc', empty: '' })('abcdef')).toBe('abcdef');
    expect(redactorOf({ pin: 'abcd' })('abcdef')).toBe('[redacted]ef');
  });

  it('is nothing where nothing secret was sent', () => {
    expect(redactorFor(new URLSearchParams(), noHeaders, url)('any text')).toBe('any text');
  });
});

describe('a text that is masked', () => {
  const secret = 'correct horse battery staple';
  const redact = redactorOf({ client_secret: secret });

  it('is looked at for its beginning only, since its sender must not decide how long that takes', () => {
    const redactLong = redactorOf({ refresh_token: `${'a'.repeat(32_000)}b`, client_secret: secret });
    let longest = 0;
    let searches = 0;
    const { exec } = RegExp.prototype;
    const spied = jest.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text: string) {
      if (this.flags === 'giu') {
        longest = Math.max(longest, text.length);
        searches++;
      }
      return exec.call(this, text);
    });
    try {
      expect(redactLong('a'.repeat(1_048_576))).toBe('…');
    } finally {
      spied.mockRestore();
    }
    expect(searches).toBeGreaterThan(100); // each part of a secret was looked for
    expect(longest).toBeGreaterThan(500);
    expect(longest * 32_000).toBeLessThan(2 ** 24);
    expect(redact('no '.repeat(400_000)).length).toBeLessThanOrEqual(4_098);
  });

  it('is told whole up to 4,096 characters', () => {
    const text = `${'word '.repeat(813)}${secret} here`;
    expect(text).toHaveLength(4_098);
    expect(redact(text.slice(2))).toBe(text.slice(2).replace(secret, '[redacted]'));
    expect(redact(text)).toBe(`${'word '.repeat(813)}[redacted] …`);
  });

  it.each([1, 5, 8, 20, 27])('shows no piece of a secret of which %d characters come before the cut', (kept) => {
    const text = `${'no '.repeat(2_000).slice(0, 4_096 - kept)}${secret}`;
    const shown = redact(`${text} is wrong`);
    expect(shown).not.toMatch(/corr|hor|bat|sta/);
    expect(shown.length).toBeLessThanOrEqual(4_110);
  });

  it('is masked once where one secret follows another, and a long one at one place', () => {
    expect(redact(`a ${secret}${secret} b`)).toBe('a [redacted] b');
    const long = 'x/y+z'.repeat(400);
    expect(redactorOf({ assertion: long })(`a ${long} b`)).toBe('a [redacted] b');
  });

  it.each(['!"#$%&()*+,-./:;<=>?@', '漢字仮名交文章', '😀🔑'])(
    'may hold any secret of 4,096 characters: %s',
    (letters) => {
      const long = letters.repeat(4_096).slice(0, 4_096);
      expect(redactorOf({ claims: long })('nothing of it')).toBe('nothing of it');
      expect(redactorOf({ claims: long })(`no: ${long}`)).toBe('no: …');
      const shorter = [...long].slice(0, 1_000).join('');
      expect(redactorOf({ claims: shorter })(`no: ${shorter}`)).toBe('no: [redacted]');
    },
  );

  it('makes no pattern for what it cannot hold', () => {
    const spied = jest.spyOn(globalThis, 'RegExp');
    try {
      const redactSome = redactorOf({ client_secret: secret, claims: '{"userinfo":{"given_name":null}}' });
      expect(redactSome('invalid scope')).toBe('invalid scope');
      expect(spied).not.toHaveBeenCalled();
      expect(redactSome('no USERINFO')).toBe('no USERINFO');
      expect(spied).toHaveBeenCalledTimes(1);
    } finally {
      spied.mockRestore();
    }
  });

  it('is not shown at all where there is too much to look for', () => {
    const colons = Buffer.from(`id:${'abc:'.repeat(4_000)}`).toString('base64');
    expect(redactorOf({}, `Basic ${colons}`)('nothing of it')).toBe('[redacted]');
  });

  it('is not shown at all where an engine refuses to look for its secrets', () => {
    const spied = jest.spyOn(globalThis, 'RegExp').mockImplementation(() => {
      throw new SyntaxError(`Invalid regular expression: /${secret}/: Stack overflow`);
    });
    try {
      expect(redactorOf({ client_secret: secret })(`a ${secret} b`)).toBe('[redacted]');
    } finally {
      spied.mockRestore();
    }
  });
});

describe('a retold error', () => {
  const redact = redactorOf({ client_secret: 'hunter2-hunter2' });

  it('keeps name, message, code, place and causes, masked', () => {
    const root = Object.assign(new Error('connect hunter2-hunter2'), { code: 'ECONNREFUSED' });
    const retold = retellError(new TypeError('fetch failed', { cause: root }), redact);
    expect(retold).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    expect(retold.stack).toMatch(/^TypeError: fetch failed\n +at .*redaction\.test\.ts/);
    expect(retold.cause).toMatchObject({ name: 'Error', message: 'connect [redacted]', code: 'ECONNREFUSED' });
    expect(inspect(retold)).toContain('ECONNREFUSED');
  });

  it('leaves behind what the error drags along', () => {
    const request = { body: 'client_secret=hunter2-hunter2' };
    const error = Object.assign(new Error('no'), { request, options: { headers: { authorization: 'Basic x' } } });
    const shown = inspect(retellError(error, redact), { depth: null, showHidden: true });
    expect(shown).not.toMatch(/hunter2|Basic|request|options/);
  });

  it('tells messages, also those of causes and stacks, in the way that was asked for', () => {
    const error = new Error('secret A', { cause: new Error('secret B\nover two lines') });
    const retold = retellError(error, redact, () => 'told');
    expect(inspect(retold, { depth: null, showHidden: true })).not.toMatch(/secret|two lines/);
    expect([retold.message, (retold.cause as Error).message]).toEqual(['told', 'told']);
  });

  it('takes no line of a message for a place, however it looks', () => {
    const error = new Error('oops:\n    at position 3: hunter3');
    expect(inspect(retellError(error, redact, () => 'told'))).not.toContain('hunter3');
    expect(retellError(error, redact, () => 'told').stack).toMatch(/^Error: told\n +at .*redaction\.test\.ts/);
    error.message = 'another';
    expect(inspect(retellError(error, redact, () => 'told'))).not.toContain('hunter3');
  });

  it('shows no message that was changed after the error was made', () => {
    const error = new Error('first hunter2');
    error.message = 'second';
    expect(inspect(retellError(error, redact))).not.toContain('first');
  });

  it.each<[unknown, object]>([
    ['a hunter2-hunter2', { name: 'Error', message: 'a [redacted]' }],
    [undefined, { message: 'undefined' }],
    [null, { message: 'null' }],
    [{ message: 'a', code: 17 }, { message: 'a' }],
    [Object.create(null), { message: '' }],
    [Symbol('hunter2-hunter2'), { message: 'Symbol([redacted])' }],
  ])('can be made of whatever was thrown: %p', (thrown, expected) => {
    const retold = retellError(thrown, redact);
    expect(retold).toBeInstanceOf(Error);
    expect(retold).toMatchObject(expected);
    expect('code' in retold).toBe(false);
  });

  it('ends where causes go round in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    let depth = 0;
    for (let next: unknown = retellError(error, redact); next instanceof Error; next = next.cause) depth++;
    expect(depth).toBe(5);
  });
});

describe('a random secret in a random answer', () => {
  const secrets = fc.oneof(
    fc.string({ minLength: 8, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 8, maxLength: 20 }),
    fc.base64String({ minLength: 8, maxLength: 40 }),
  );
  const spellings: readonly ((secret: string) => string)[] = [
    (secret) => secret,
    (secret) => encodeURIComponent(secret),
    (secret) => new URLSearchParams([['', secret]]).toString().slice(1),
    (secret) => JSON.stringify(secret).slice(1, -1),
    (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    (secret) => secret.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
  ];
  const methods: readonly ((secret: string) => Promise<Redactor>)[] = [
    (secret) => prepared(clientSecretBasic, secret),
    (secret) => prepared(clientSecretBasic, secret, 'none'),
    (secret) => prepared(clientSecretPost, secret),
    async (secret) => redactorOf({ assertion: secret }),
  ];
  const around = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.lorem({ maxCount: 8 }),
    fc.constantFrom(
      '<html><body><p>',
      '</p>',
      '{"error":"',
      '"}',
      '<script>',
      ' ',
      '\n',
      'x'.repeat(4_080),
      ' '.repeat(4_080),
    ),
  );

  it('is never seen again, neither in excerpt nor in description nor in an error', async () => {
    const cases = fc.tuple(secrets, fc.constantFrom(...spellings), fc.constantFrom(...methods), around, around);
    await fc.assert(
      fc.asyncProperty(cases, async ([drawn, spell, method, before, after]) => {
        // As the form sends it; of one character repeated, what is masked and what is left would look alike.
        const secret = drawn.toWellFormed();
        fc.pre(new Set(secret).size > 3 && secret.trim() !== '' && !'[redacted] … JSON-like text'.includes(secret));
        const redact = await method(secret);
        const text = `${before}${spell(secret)}${after}`;
        fc.pre(!before.includes(secret) && !after.includes(secret));
        const seen = (shown: string): boolean => spellings.some((spelling) => shown.includes(spelling(secret)));

        const excerpt = safeExcerpt(text, redact);
        expect(excerpt.length).toBeLessThanOrEqual(200);
        expect(seen(excerpt)).toBe(false);
        const body = { error: 'invalid_client', error_description: text };
        const refusal = thrownBy(() => readTokenAnswer(answerOf(401, body, {}, redact))) as TokenRequestRejectedError;
        expect(refusal).toBeInstanceOf(TokenRequestRejectedError);
        expect(seen(refusal.errorDescription ?? '')).toBe(false);
        expect(seen(refusal.message)).toBe(false);
        const retold = retellError(new Error(text, { cause: Object.assign(new Error('b'), { code: text }) }), redact);
        for (const shown of [retold.message, retold.stack ?? '', String(Reflect.get(retold.cause as Error, 'code'))]) {
          expect(seen(shown)).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
