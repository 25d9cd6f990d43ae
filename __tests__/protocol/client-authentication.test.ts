import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  none,
  selfSignedTlsClientAuth,
  tlsClientAuth,
} from '../../src/protocol/client-authentication.ts';

const server = { tokenUrl: new URL('https://auth.example/token') };

interface Sent {
  readonly form: string;
  readonly authorization: string | null;
}
async function send(authentication: ClientAuthentication): Promise<Sent> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const headers = new Headers();
  await authentication.authenticate(server, body, headers);
  return { form: body.toString(), authorization: headers.get('authorization') };
}

const credentialsOf = ({ authorization }: Sent): string =>
  Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString('utf8');

describe('client_secret_basic', () => {
  it.each([
    // RFC 6749 §2.3.1's own client, then each character that goes wrong elsewhere.
    ['s6BhdRkqt3', 'gX1fBat3bV', 's6BhdRkqt3:gX1fBat3bV'],
    ['id', 'a+b', 'id:a%2Bb'],
    ['id', 'a:b', 'id:a%3Ab'],
    ['id', 'a/b', 'id:a%2Fb'],
    ['id', 'a%b', 'id:a%25b'],
    ['id', 'a b', 'id:a+b'],
    ['id', 'aüb', 'id:a%C3%BCb'],
    ['id', '€\u{1f511}', 'id:%E2%82%AC%F0%9F%94%91'],
    ['id', 'a&b=c', 'id:a%26b%3Dc'],
    ['id', 'a"b\\c', 'id:a%22b%5Cc'],
    // A server that never decodes still reads these right.
    ['0b5e-4c1d_9f.*', '~A-b_c.d*e', '0b5e-4c1d_9f.*:%7EA-b_c.d*e'],
    ['urn:client:ü 1', 'x', 'urn%3Aclient%3A%C3%BC+1:x'],
  ])('of %j with %j form-encodes both before Basic', async (clientId, secret, credentials) => {
    const sent = await send(clientSecretBasic(clientId, secret));
    expect(sent).toEqual({
      form: 'grant_type=client_credentials',
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    });
    expect(await send(clientSecretBasic(clientId, secret, { encoding: 'form' }))).toEqual(sent);
  });

  it.each([
    ['id', 'a+b', 'id:a+b'],
    ['id', 'a:b', 'id:a:b'],
    ['id', 'a/b%2F c', 'id:a/b%2F c'],
    ['ïd', 'aüb', 'ïd:aüb'],
  ])('of %j with %j sends the bare UTF-8 where the server compares that', async (clientId, secret, credentials) => {
    const sent = await send(clientSecretBasic(clientId, secret, { encoding: 'none' }));
    expect(sent).toEqual({
      form: 'grant_type=client_credentials',
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    });
  });

  it('is read back whole by a server that keeps to the RFC', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map((drawn) => drawn.toWellFormed());
    await fc.assert(
      fc.asyncProperty(text, text, async (clientId, secret) => {
        const credentials = credentialsOf(await send(clientSecretBasic(clientId, secret)));
        const parts = credentials.split(':').map((part) => new URLSearchParams(`p=${part}`).get('p'));
        expect(parts).toEqual([clientId, secret]);
      }),
    );
  });
});

describe('client_secret_post', () => {
  it('sends two form fields and no header', async () => {
    expect(await send(clientSecretPost('the client', 'a+b/ü'))).toEqual({
      form: 'grant_type=client_credentials&client_id=the+client&client_secret=a%2Bb%2F%C3%BC',
      authorization: null,
    });
  });
});

describe('none', () => {
  it('only names the client', async () => {
    const sent = await send(none('the client'));
    expect(sent).toEqual({ form: 'grant_type=client_credentials&client_id=the+client', authorization: null });
  });
});

describe('what a method tells of itself', () => {
  const read = (): string => 's';
  it.each<[ClientAuthentication, string, boolean]>([
    [clientSecretBasic('id', 's'), 'client_secret_basic', false],
    [clientSecretBasic('id', read), 'client_secret_basic', true],
    [clientSecretBasic('id', read, { encoding: 'none' }), 'client_secret_basic', true],
    [clientSecretPost('id', 's'), 'client_secret_post', false],
    [clientSecretPost('id', read), 'client_secret_post', true],
    [none('id'), 'none', false],
  ])('%j is %s, and reads its secret again: %s', (authentication, method, rereads) => {
    expect(authentication).toMatchObject({ method, rereads, clientId: 'id' });
  });

  it('does not show the secret', () => {
    expect(JSON.stringify([clientSecretBasic('id', 'hunter2'), clientSecretPost('id', 'hunter2')])).not.toContain(
      'hunter2',
    );
  });
});

describe('a client that is malformed', () => {
  it.each<[string, () => ClientAuthentication]>([
    ['clientId', () => clientSecretBasic(undefined as never, 's')],
    ['clientId', () => clientSecretBasic('', 's')],
    ['clientSecret', () => clientSecretBasic('id', undefined as never)],
    ['clientSecret', () => clientSecretBasic('id', '')],
    ['clientSecret', () => clientSecretBasic('id', '\r\n')],
    ['clientSecret', () => clientSecretBasic('id', Buffer.from('secret') as never)],
    ['encoding', () => clientSecretBasic('id', 's', { encoding: 'raw' as never })],
    ['encodng', () => clientSecretBasic('id', 's', { encodng: 'none' } as never)],
    ['options', () => clientSecretBasic('id', 's', 'none' as never)],
    ['clientId', () => clientSecretPost(undefined as never, 's')],
    ['clientSecret', () => clientSecretPost('id', null as never)],
    ['clientId', () => none(undefined as never)],
    ['clientId', () => tlsClientAuth('')],
    ['clientId', () => selfSignedTlsClientAuth(7 as never)],
  ])('is refused at once, with the name of the option: %s', (option, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }));
  });
});

const methods: readonly (readonly [string, (secret: () => string | Promise<string>) => ClientAuthentication])[] = [
  ['client_secret_basic', (secret) => clientSecretBasic('id', secret)],
  ['client_secret_basic, not encoded', (secret) => clientSecretBasic('id', secret, { encoding: 'none' })],
  ['client_secret_post', (secret) => clientSecretPost('id', secret)],
];

describe.each(methods)('a function for the secret of %s', (_, withSecret) => {
  it('is asked each time, so that a rotated secret is used', async () => {
    const read = jest.fn<() => string | Promise<string>>();
    read.mockReturnValueOnce('first').mockReturnValueOnce(Promise.resolve('second'));
    const authentication = withSecret(read);
    expect(read).not.toHaveBeenCalled();
    const shown = async (): Promise<string> => {
      const sent = await send(authentication);
      return `${sent.form} ${credentialsOf(sent)}`;
    };
    expect(await shown()).toContain('first');
    expect(await shown()).toContain('second');
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('passes its own failure on', async () => {
    const failure = new Error('vault is sealed');
    await expect(send(withSecret(() => Promise.reject(failure)))).rejects.toBe(failure);
  });

  it.each([undefined, null, '', 5, Buffer.from('secret'), {}])(
    'must not give %p, which would be sent as text',
    async (value) => {
      const body = new URLSearchParams();
      const headers = new Headers();
      const authentication = withSecret(() => value as string);
      await expect(authentication.authenticate(server, body, headers)).rejects.toThrow('gave no text');
      expect([body.toString(), headers.get('authorization')]).toEqual(['', null]);
    },
  );
});
