import { describe, expect, it } from '@jest/globals';
import { type TokenExchangeOptions, tokenExchange } from '../../src/protocol/token-exchange.ts';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const subjectOf = async (options: TokenExchangeOptions) => tokenExchange(options).subject?.();
const digestOf = async (options: TokenExchangeOptions) => (await subjectOf(options))?.digest;

describe('token exchange', () => {
  it('is of the registered type, and takes the subject for an access token', async () => {
    expect(tokenExchange({ subjectToken: 't' }).grantType).toBe('urn:ietf:params:oauth:grant-type:token-exchange');
    expect((await subjectOf({ subjectToken: 't' }))?.parameters).toEqual({
      subject_token: 't',
      subject_token_type: ACCESS_TOKEN,
    });
  });

  it('may say of what type everything is', async () => {
    const subject = await subjectOf({
      subjectToken: 's',
      subjectTokenType: 'urn:ietf:params:oauth:token-type:saml2',
      actorToken: async () => 'a',
      actorTokenType: 'urn:ietf:params:oauth:token-type:jwt',
      requestedTokenType: ACCESS_TOKEN,
    });
    expect(subject?.parameters).toEqual({
      subject_token: 's',
      subject_token_type: 'urn:ietf:params:oauth:token-type:saml2',
      actor_token: 'a',
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: ACCESS_TOKEN,
    });
  });

  it('tells subjects and actors apart by a digest that holds neither', async () => {
    const all = await Promise.all([
      digestOf({ subjectToken: 'ab' }),
      digestOf({ subjectToken: 'abc' }),
      digestOf({ subjectToken: 'ab', actorToken: 'c' }),
      digestOf({ subjectToken: 'a', actorToken: 'bc' }),
      digestOf({ subjectToken: '1', actorToken: '1:ab' }),
      digestOf({ subjectToken: '11:1', actorToken: 'ab' }),
    ]);
    expect(new Set(all).size).toBe(all.length);
    for (const digest of all) expect(digest).toMatch(/^[\w-]{43}$/);
    expect(await digestOf({ subjectToken: 'ab' })).toBe(await digestOf({ subjectToken: () => 'ab' }));
  });

  it('tells by it, too, of what type everything is: another is another token, also in a store', async () => {
    const tokens = { subjectToken: 's', actorToken: 'a' };
    const type = 'urn:ietf:params:oauth:token-type:jwt';
    const all = await Promise.all([
      digestOf(tokens),
      digestOf({ ...tokens, subjectTokenType: type }),
      digestOf({ ...tokens, actorTokenType: type }),
      digestOf({ ...tokens, requestedTokenType: type }),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(await digestOf({ ...tokens, subjectTokenType: ACCESS_TOKEN })).toBe(all[0]);
  });

  it.each(['', undefined, null, 5])('is nothing without a subject: %p', async (given) => {
    await expect(subjectOf({ subjectToken: (() => given) as () => string })).rejects.toThrow('gave no text');
    await expect(subjectOf({ subjectToken: 's', actorToken: (() => given) as () => string })).rejects.toThrow(
      'gave no text',
    );
  });
});

it.each<[string, unknown]>([
  ['options', undefined],
  ['subjectToken', {}],
  ['subjectToken', { subjectToken: '' }],
  ['subjectTokenType', { subjectToken: 's', subjectTokenType: 7 }],
  ['actorToken', { subjectToken: 's', actorToken: '' }],
  ['actorTokenType', { subjectToken: 's', actorTokenType: '' }],
  ['requestedTokenType', { subjectToken: 's', requestedTokenType: null }],
  ['subjectTokn', { subjectToken: 's', subjectTokn: 't' }],
])('is refused at once, with the name of the option: %s', (option, options) => {
  expect(() => tokenExchange(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }),
  );
});
