import { describe, expect, it } from '@jest/globals';
import { TokenRequestRejectedError } from '../../src/errors/token-request-rejected-error.ts';
import { TokenResponseError } from '../../src/errors/token-response-error.ts';
import { readTokenAnswer, type TokenGrant } from '../../src/protocol/token-answer.ts';
import { answerOf, thrownBy } from './answer-of.ts';

const plain = { access_token: 'eyJ.token', expires_in: 900, token_type: 'Bearer' };
const granted: TokenGrant = {
  value: 'eyJ.token',
  tokenType: 'Bearer',
  lifetimeMs: 900_000,
  refreshInMs: undefined,
  scope: undefined,
  response: { expires_in: 900 },
};

describe('a grant', () => {
  it.each<[string, body: unknown, expected: Partial<TokenGrant>]>([
    ['as RFC 6749 has it', plain, {}],
    ['with white space around it', ` \r\n${JSON.stringify(plain, null, 2)}\n\n`, {}],
    ['with expires_in as text', { ...plain, expires_in: '900' }, { response: { expires_in: '900' } }],
    ['with nothing but the token', { access_token: 'eyJ.token' }, { lifetimeMs: undefined, response: {} }],
    ['with an error that is null', { ...plain, error: null }, { response: { expires_in: 900, error: null } }],
    ['with an error that is empty', { ...plain, error: '' }, { response: { expires_in: 900, error: '' } }],
    ['with its scope', { ...plain, scope: 'read write' }, { scope: 'read write' }],
    ['with its scope as a list', { ...plain, scope: ['read', 'write'] }, { scope: 'read write' }],
    ...[{ read: true }, ['read', 1], 5, null].map((scope): [string, object, object] => [
      `with a scope of no known shape: ${JSON.stringify(scope)}`,
      { ...plain, scope },
      { scope: undefined, response: { expires_in: 900, scope } },
    ]),
    [
      "with Microsoft's members",
      { ...plain, ext_expires_in: 1_800, refresh_in: 450, expires_on: '1893499200' },
      {
        refreshInMs: 450_000,
        response: { expires_in: 900, ext_expires_in: 1_800, refresh_in: 450, expires_on: '1893499200' },
      },
    ],
    [
      "with Salesforce's members and a token that is no token68",
      { access_token: '00D!AQ.x|y', token_type: 'Bearer', instance_url: 'https://one.example', signature: 's=' },
      {
        value: '00D!AQ.x|y',
        lifetimeMs: undefined,
        response: { instance_url: 'https://one.example', signature: 's=' },
      },
    ],
    [
      'with a rotated refresh token',
      { ...plain, refresh_token: 'r2', refresh_token_expires_in: 86_400 },
      { response: { expires_in: 900, refresh_token: 'r2', refresh_token_expires_in: 86_400 } },
    ],
    ['with a token of 32 KB', { ...plain, access_token: 'a'.repeat(32_768) }, { value: 'a'.repeat(32_768) }],
  ])('%s', (_, body, expected) => {
    expect(readTokenAnswer(answerOf(200, body))).toEqual({ ...granted, ...expected });
  });

  it.each([200, 201, 202, 203, 206, 299])('is taken with status %d', (status) => {
    expect(readTokenAnswer(answerOf(status, plain))).toEqual(granted);
  });

  it.each([undefined, 'application/json', 'application/json; charset=utf-16', 'text/plain', 'text/html', 'nonsense'])(
    'is taken with the content type %s',
    (type) => expect(readTokenAnswer(answerOf(200, plain, type ? { 'content-type': type } : {}))).toEqual(granted),
  );

  it.each([undefined, null, '', 'Bearer', 'bearer', 'BEARER', ' bearer ', 'BearerToken', 'bearertoken'])(
    'of token_type %j is a Bearer token',
    (type) => expect(readTokenAnswer(answerOf(200, { ...plain, token_type: type }))).toEqual(granted),
  );

  it('keeps further members from being changed, and from changing anything else', () => {
    const text = '{"access_token":"a","__proto__":{"isAdmin":true},"constructor":1}';
    const { response } = readTokenAnswer(answerOf(200, text));
    expect(Object.isFrozen(response)).toBe(true);
    expect(Object.keys(response)).toEqual(['__proto__', 'constructor']);
    expect('isAdmin' in response).toBe(false);
  });
});

const html = '<html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>';

describe('an unusable answer', () => {
  it.each<[string, status: number, body: unknown, problem: string]>([
    ['a login page with status 200', 200, html, 'not a JSON object'],
    ['an HTML refusal', 401, html, 'not a JSON object'],
    ["a proxy's error page", 503, html, 'not a JSON object'],
    ['nothing', 200, '', 'empty'],
    ['no content', 204, '', 'empty'],
    ['white space', 200, ' \n', 'empty'],
    ['nothing with an error status', 500, '', 'empty'],
    ['JSON that was cut', 200, '{"access_token":"eyJ.tok', 'not a JSON object'],
    ['a form', 200, 'access_token=abc&token_type=bearer', 'not a JSON object'],
    ['an array', 200, [plain], 'not a JSON object'],
    ['null', 200, 'null', 'not a JSON object'],
    ['a number', 200, '17', 'not a JSON object'],
    ['a JSON text', 200, '"eyJ.token"', 'not a JSON object'],
    ['JSON twice', 200, `${JSON.stringify(plain)}${JSON.stringify(plain)}`, 'not a JSON object'],
    ['an empty object', 200, {}, 'no access_token'],
    ['an empty token', 200, { ...plain, access_token: '' }, 'no access_token'],
    ['a token that is null', 200, { ...plain, access_token: null }, 'no access_token'],
    ['a token that is a number', 200, { ...plain, access_token: 12_345 }, 'no access_token'],
    ['a token inside an array', 200, { ...plain, access_token: ['eyJ'] }, 'no access_token'],
    ['an oversized token', 200, { ...plain, access_token: 'a'.repeat(32_769) }, 'over 32768 characters'],
    ['a token with CR LF', 200, { ...plain, access_token: 'a\r\nX-Injected: 1' }, 'outside visible ASCII'],
    ['a token with a final line break', 200, { ...plain, access_token: 'a\n' }, 'outside visible ASCII'],
    ['a token with a blank', 200, { ...plain, access_token: 'a b' }, 'outside visible ASCII'],
    ['a token with an umlaut', 200, { ...plain, access_token: 'tökn' }, 'outside visible ASCII'],
    ['a MAC token', 200, { ...plain, token_type: 'mac' }, 'token_type'],
    ['a DPoP token nobody asked for', 200, { ...plain, token_type: 'DPoP' }, 'token_type'],
    ['no token at all by its type', 200, { ...plain, token_type: 'N_A' }, 'token_type'],
    ['a token_type that is no text', 200, { ...plain, token_type: ['Bearer'] }, 'token_type'],
    ['a token_type that only begins well', 200, { ...plain, token_type: 'Bearer x' }, 'token_type'],
    ['a lifetime of 0', 200, { ...plain, expires_in: 0 }, 'already expired'],
    ['a negative lifetime', 200, { ...plain, expires_in: '-1' }, 'already expired'],
    ['a lifetime that is no number', 200, { ...plain, expires_in: 'abc' }, 'expires_in'],
    ['an empty lifetime', 200, { ...plain, expires_in: '' }, 'expires_in'],
    ['a lifetime of true', 200, { ...plain, expires_in: true }, 'expires_in'],
    ['a redirect 301, even with a token in it', 301, plain, 'never followed'],
    ['a redirect 302, even with a token in it', 302, plain, 'never followed'],
    ['a redirect 303, even with a token in it', 303, plain, 'never followed'],
    ['no change, even with a token in it', 304, plain, 'never followed'],
    ['a redirect 307, even with a token in it', 307, plain, 'never followed'],
    ['a redirect 308, even with a token in it', 308, plain, 'never followed'],
    ['a redirect that the platform hides', 0, '', 'never followed'],
  ])('%s', (_, status, body, problem) => {
    const error = thrownBy(() => readTokenAnswer(answerOf(status, body))) as TokenResponseError;
    expect(error).toBeInstanceOf(TokenResponseError);
    expect(error.message).toContain(problem);
    expect(error.status).toBe(status);
    expect(error.retryable).toBe(status >= 500);
    expect(`${error.message} ${error.excerpt}`).not.toContain('eyJ');
  });

  it('shows the plain words of a page, to tell a proxy from a login form', () => {
    expect(thrownBy(() => readTokenAnswer(answerOf(200, html)))).toMatchObject({ excerpt: 'Sign in Please sign in.' });
  });
});

describe('a token beside an error', () => {
  it.each([200, 400])('is no token, with status %d', (status) => {
    const body = { ...plain, error: 'invalid_client' };
    const error = thrownBy(() => readTokenAnswer(answerOf(status, body)));
    expect(error).toBeInstanceOf(TokenRequestRejectedError);
    expect(error).toMatchObject({ status, error: 'invalid_client', retryable: false });
  });

  it.each([400, 404, 503])('is no token with an error status alone: %d', (status) => {
    const error = thrownBy(() => readTokenAnswer(answerOf(status, plain)));
    expect(error).toMatchObject({ code: 'ERR_TOKENFLIGHT_REQUEST_REJECTED', status, error: undefined });
    expect((error as Error).message).not.toContain('eyJ');
  });
});

describe('whether the same request may succeed later', () => {
  it.each<[status: number, error: string | undefined, retryable: boolean]>([
    [400, 'invalid_request', false],
    [400, 'invalid_grant', false],
    [400, 'invalid_scope', false],
    [400, 'invalid_target', false],
    [400, 'unauthorized_client', false],
    [400, 'unsupported_grant_type', false],
    [401, 'invalid_client', false],
    [403, undefined, false],
    [404, undefined, false],
    [400, 'something_else', false],
    [400, 'temporarily_unavailable', true],
    [400, 'server_error', true],
    [400, 'slow_down', true],
    [200, 'server_error', true],
    [408, undefined, true],
    [425, undefined, true],
    [429, undefined, true],
    [429, 'invalid_client', true], // said by whoever limits the rate
    [500, undefined, true],
    [502, 'something_else', true],
    [503, 'temporarily_unavailable', true],
    [599, undefined, true],
    [500, 'invalid_client', false], // said by who knows the client
  ])('status %d with error %j: %s', (status, error, retryable) => {
    expect(thrownBy(() => readTokenAnswer(answerOf(status, { error })))).toMatchObject({ status, retryable, error });
    // Without an error that can be read the status decides alone.
    if (error === undefined) {
      const page = thrownBy(() => readTokenAnswer(answerOf(status, html)));
      expect(page).toMatchObject({ code: 'ERR_TOKENFLIGHT_RESPONSE', status, retryable });
    }
  });

  it.each([
    [429, { error: 'slow_down' }],
    [503, html],
    [200, { error: 'temporarily_unavailable' }],
    [302, ''],
  ])('and when, for status %d', (status, body) => {
    const answer = answerOf(status, body, { 'retry-after': '120' });
    expect(thrownBy(() => readTokenAnswer(answer))).toMatchObject({ retryAfterMs: 120_000 });
    expect(thrownBy(() => readTokenAnswer(answerOf(status, body)))).toMatchObject({ retryAfterMs: undefined });
  });
});

describe('what a server repeats of the request', () => {
  const redact = (text: string): string => text.replaceAll('hunter2-hunter2', '[redacted]');

  it('is masked in every field of a refusal', () => {
    const said = 'no hunter2-hunter2 here';
    const answer = answerOf(400, { error: said, error_description: said, error_uri: said }, {}, redact);
    const masked = 'no [redacted] here';
    expect(thrownBy(() => readTokenAnswer(answer))).toMatchObject({
      error: masked,
      errorDescription: masked,
      errorUri: masked,
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it('is masked before a long text is cut, so that no piece of it is left at the cut', () => {
    const said = `${'x'.repeat(990)} hunter2-hunter2`;
    const answer = answerOf(400, { error: 'invalid_request', error_description: said }, {}, redact);
    const { errorDescription = '' } = thrownBy(() => readTokenAnswer(answer)) as TokenRequestRejectedError;
    expect(errorDescription).not.toContain('hunter');
    expect(errorDescription.length).toBeLessThanOrEqual(1_000);
  });
});
