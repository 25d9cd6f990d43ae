import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import {
  type ClientAuthentication,
  clientAssertion,
  clientSecretBasic,
  clientSecretJwt,
  clientSecretPost,
  none,
  privateKeyJwt,
  refreshToken,
  TokenProvider,
  type TokenProviderOptions,
} from '../../src/index.ts';
import { jwtSigner } from '../../src/protocol/signed-jwt.ts';
import type { SigningAlgorithm } from '../../src/protocol/signing-key.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { type RecordedTransport, recorded } from '../servers/recorded-transport.ts';

const HARD_SECRET = 'a/secret+of:every%kind&of="trouble" ~!*()\'-_.';
const LONG_SECRET = 'a-secret-of-at-least-thirty-two-bytes';

const keys = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  PS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
  Ed25519: generateKeyPairSync('ed25519'),
} satisfies Partial<Record<SigningAlgorithm, { privateKey: KeyObject; publicKey: KeyObject }>>;
type Algorithm = keyof typeof keys;
const algorithms = Object.keys(keys) as Algorithm[];

const pem = (alg: Algorithm): string => keys[alg].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwk = (alg: Algorithm): JsonWebKey => keys[alg].privateKey.export({ format: 'jwk' });

/** Every form that a key can have. */
const forms: Readonly<Record<string, (alg: Algorithm) => ClientAuthentication>> = {
  PEM: (alg) => privateKeyJwt(alg, pem(alg), { algorithm: alg, kid: `key of ${alg}` }),
  'PEM, as an environment variable has it': (alg) =>
    privateKeyJwt(alg, pem(alg).replaceAll('\n', '\\n'), { algorithm: alg, kid: `key of ${alg}` }),
  JWK: (alg) => privateKeyJwt(alg, { ...jwk(alg), alg, use: 'sig', kid: `key of ${alg}` }, { algorithm: alg }),
  CryptoKey: (alg) => privateKeyJwt(alg, async () => await cryptoKey(alg), { kid: `key of ${alg}`, algorithm: alg }),
};

function cryptoKey(alg: Algorithm): Promise<CryptoKey> {
  const parameters = {
    RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
    ES512: { name: 'ECDSA', namedCurve: 'P-521' },
    EdDSA: { name: 'Ed25519' },
    Ed25519: { name: 'Ed25519' },
  }[alg];
  return crypto.subtle.importKey('jwk', jwk(alg), parameters, false, ['sign']);
}

let server: CertifiedServer;
let log: RecordedTransport;

beforeAll(async () => {
  server = await CertifiedServer.start({
    clients: [
      { client_id: 'basic', client_secret: HARD_SECRET, token_endpoint_auth_method: 'client_secret_basic' },
      { client_id: 'a client: 50%+', client_secret: HARD_SECRET, token_endpoint_auth_method: 'client_secret_basic' },
      { client_id: 'post', client_secret: HARD_SECRET, token_endpoint_auth_method: 'client_secret_post' },
      { client_id: 'secret-jwt', client_secret: LONG_SECRET, token_endpoint_auth_method: 'client_secret_jwt' },
      {
        client_id: 'public',
        token_endpoint_auth_method: 'none',
        grant_types: ['refresh_token', 'authorization_code'],
        response_types: ['code'],
        redirect_uris: ['https://app.example/callback'],
      },
      ...algorithms.map((alg) => ({
        client_id: alg,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: alg,
        jwks: {
          keys: [{ ...keys[alg].publicKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `key of ${alg}` }],
        },
      })),
    ],
  });
});
afterAll(() => server.close());

function providerFor(
  clientAuthentication: ClientAuthentication,
  options: Partial<TokenProviderOptions> = {},
): TokenProvider {
  log = recorded();
  const where = options.issuer === undefined ? { tokenUrl: server.tokenUrl } : {};
  return new TokenProvider({
    ...where,
    clientAuthentication,
    transport: log.transport,
    retry: { retries: 0 },
    ...options,
  });
}

async function clientOf(provider: TokenProvider): Promise<string | undefined> {
  const { value } = await provider.getToken();
  const { active, client_id } = await server.introspect(value);
  expect(active).toBe(true);
  return client_id;
}

const assertionSent = (index = -1): string => log.sent.at(index)?.form.get('client_assertion') ?? '';

describe('a certified server knows a client by', () => {
  it.each(['basic', 'a client: 50%+'])('client_secret_basic with every hard character: %s', async (clientId) => {
    expect(await clientOf(providerFor(clientSecretBasic(clientId, HARD_SECRET)))).toBe(clientId);
  });

  it('client_secret_post', async () => {
    expect(await clientOf(providerFor(clientSecretPost('post', HARD_SECRET)))).toBe('post');
  });

  it('client_secret_jwt, also with a secret that is read', async () => {
    expect(await clientOf(providerFor(clientSecretJwt('secret-jwt', LONG_SECRET)))).toBe('secret-jwt');
    expect(await clientOf(providerFor(clientSecretJwt('secret-jwt', async () => LONG_SECRET)))).toBe('secret-jwt');
    expect(decodeProtectedHeader(assertionSent())).toEqual({ alg: 'HS256' });
  });

  const cases = Object.keys(forms).flatMap((form) => algorithms.map((alg) => [form, alg] as const));
  it.each(cases)('private_key_jwt, from a %s, with %s', async (form, alg) => {
    expect(await clientOf(providerFor(forms[form]?.(alg) as ClientAuthentication))).toBe(alg);
    expect(decodeProtectedHeader(assertionSent())).toMatchObject({ alg, kid: `key of ${alg}` });
  });

  it('private_key_jwt from a JWK that says everything itself', async () => {
    const authentication = privateKeyJwt('ES256', { ...jwk('ES256'), kid: 'key of ES256' });
    expect(await clientOf(providerFor(authentication))).toBe('ES256');
    expect(decodeProtectedHeader(assertionSent())).toEqual({ alg: 'ES256', kid: 'key of ES256' });
  });

  it('an assertion that another signs, read afresh from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assertion-'));
    const file = join(folder, 'token');
    const sign = jwtSigner(pem('ES256'), { algorithm: 'ES256' });
    const write = async (): Promise<void> =>
      writeFile(file, `${await sign({ iss: 'ES256', sub: 'ES256', aud: server.issuer })}\n`);
    try {
      const provider = providerFor(clientAssertion('ES256', () => readFile(file, 'utf8')));
      await write();
      expect(await clientOf(provider)).toBe('ES256');
      await write();
      await provider.getToken({ scope: 'api:read' });
      const [first, second] = log.sent.map(({ form }) => form.get('client_assertion'));
      expect(first).not.toBe(second);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('its name alone (none), where it is a public client', async () => {
    const token = await server.issueRefreshToken('public', 'api:read offline_access');
    const provider = providerFor(none('public'), { grant: refreshToken({ refreshToken: token }) });
    expect(await clientOf(provider)).toBe('public');
    expect(log.sent[0]?.headers.has('authorization')).toBe(false);
  });
});

describe('the audience of an assertion', () => {
  const key = { ...jwk('ES256'), kid: 'key of ES256' };
  it.each<[string, Partial<TokenProviderOptions>, 'issuer' | 'token-endpoint' | undefined, 'issuer' | 'tokenUrl']>([
    ['the token endpoint, where nothing else is known', {}, undefined, 'tokenUrl'],
    ['the issuer, where that is known', { issuer: 'here' }, undefined, 'issuer'],
    ['the issuer, if told so', { issuer: 'here' }, 'issuer', 'issuer'],
    ['the token endpoint, if told so', { issuer: 'here' }, 'token-endpoint', 'tokenUrl'],
  ])('is %s', async (_, options, audience, expected) => {
    const where = options.issuer === undefined ? {} : { issuer: server.issuer };
    for (const authentication of [
      privateKeyJwt('ES256', key, { audience }),
      clientSecretJwt('secret-jwt', LONG_SECRET, { audience }),
    ]) {
      expect(await clientOf(providerFor(authentication, where))).toBe(authentication.clientId);
      expect(decodeJwt(assertionSent()).aud).toBe(server[expected]);
    }
  });

  it('is any other text that a server wants', async () => {
    const provider = providerFor(privateKeyJwt('ES256', key, { audience: 'https://other.example' }));
    await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_client' });
    expect(decodeJwt(assertionSent()).aud).toBe('https://other.example');
  });

  it('cannot be an issuer that nobody named', async () => {
    const provider = providerFor(privateKeyJwt('ES256', key, { audience: 'issuer' }));
    await expect(provider.getToken()).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_CONFIGURATION',
      option: 'audience',
    });
    expect(log.sent).toEqual([]);
  });
});

describe('a server that refuses the client', () => {
  it.each<[string, () => ClientAuthentication]>([
    ['a wrong secret', () => clientSecretBasic('basic', 'wrong')],
    ['a secret where an assertion is wanted', () => clientSecretPost('secret-jwt', LONG_SECRET)],
    ['a key of somebody else', () => privateKeyJwt('ES256', pem('ES512'), { algorithm: 'ES512' })],
    ['an unknown client', () => none('nobody')],
  ])('is told apart from a passing failure: %s', async (_, authentication) => {
    await expect(providerFor(authentication()).getToken()).rejects.toMatchObject({
      code: 'ERR_TOKENFLIGHT_REQUEST_REJECTED',
      error: 'invalid_client',
      status: 401,
      retryable: false,
    });
    expect(log.sent).toHaveLength(1);
  });
});
