import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt, importSPKI, jwtVerify } from 'jose';
import { clientAssertion, presets, TokenProvider, type TokenProviderOptions } from '../../src/index.ts';

interface Sent {
  readonly url: string;
  readonly method: string | undefined;
  readonly form: Readonly<Record<string, string>>;
  readonly basic: string | undefined;
}

/** The token request that these options lead to, and the lifetime of a token whose answer names none. */
async function sentBy(options: TokenProviderOptions): Promise<Sent & { readonly lifetimeMs: number }> {
  let sent: Sent | undefined;
  const startMs = Date.UTC(2030, 0, 1);
  const provider = new TokenProvider({
    ...options,
    clock: { monotonicMs: () => 0, wallMs: () => startMs, schedule: () => () => {} },
    async transport(url, init) {
      const { body, method } = init;
      const headers = new Headers(init.headers);
      expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded;charset=UTF-8');
      const authorization = headers.get('authorization');
      const form = Object.fromEntries(new URLSearchParams(String(body)));
      sent = { url, method, form, basic: authorization === null ? undefined : atob(authorization.slice(6)) };
      return Response.json({ access_token: 'token' });
    },
  });
  const token = await provider.getToken();
  return { ...(sent as Sent), lifetimeMs: token.expiresAt.getTime() - startMs };
}

const client = { clientId: 'an-id', clientSecret: 'a secret' };
const inHeader = { basic: 'an-id:a+secret' };
const inForm = { client_id: 'an-id', client_secret: 'a secret' };
const grant_type = 'client_credentials';

describe('the exact request of', () => {
  it.each<[string, TokenProviderOptions, Omit<Sent, 'method' | 'basic'> & { basic?: string }]>([
    [
      'benchling',
      presets.benchling({ tenant: 'acme', ...client }),
      { url: 'https://acme.benchling.com/api/v2/token', form: { grant_type }, ...inHeader },
    ],
    [
      'benchling, a host',
      presets.benchling({ tenant: 'https://lab.acme.example/', ...client }),
      { url: 'https://lab.acme.example/api/v2/token', form: { grant_type }, ...inHeader },
    ],
    [
      'auth0',
      presets.auth0({ domain: 'acme.eu.auth0.com', audience: 'https://api.acme.example', ...client }),
      {
        url: 'https://acme.eu.auth0.com/oauth/token',
        form: { grant_type, audience: 'https://api.acme.example', ...inForm },
      },
    ],
    [
      'okta',
      presets.okta({ domain: 'acme', scope: 'customScope', ...client }),
      {
        url: 'https://acme.okta.com/oauth2/default/v1/token',
        form: { grant_type, scope: 'customScope' },
        ...inHeader,
      },
    ],
    [
      'okta, a server of its own',
      presets.okta({ domain: 'id.acme.example', authorizationServer: 'aus1', scope: 's', ...client }),
      { url: 'https://id.acme.example/oauth2/aus1/v1/token', form: { grant_type, scope: 's' }, ...inHeader },
    ],
    [
      'entraId',
      presets.entraId({ tenant: 'contoso.example', scope: 'https://graph.microsoft.com/.default', ...client }),
      {
        url: 'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
        form: { grant_type, scope: 'https://graph.microsoft.com/.default', ...inForm },
      },
    ],
    [
      'entraId, a national cloud',
      presets.entraId({ tenant: 'a/b', host: 'login.microsoftonline.us', scope: 's', ...client }),
      {
        url: 'https://login.microsoftonline.us/a%2Fb/oauth2/v2.0/token',
        form: { grant_type, scope: 's', ...inForm },
      },
    ],
    [
      'keycloak',
      presets.keycloak({ url: 'https://sso.acme.example/auth/', realm: 'my realm', ...client }),
      {
        url: 'https://sso.acme.example/auth/realms/my%20realm/protocol/openid-connect/token',
        form: { grant_type },
        ...inHeader,
      },
    ],
    [
      'cognito',
      presets.cognito({ domain: 'acme', region: 'eu-west-1', scope: 'api/read', ...client }),
      {
        url: 'https://acme.auth.eu-west-1.amazoncognito.com/oauth2/token',
        form: { grant_type, scope: 'api/read' },
        ...inHeader,
      },
    ],
    [
      'cognito, a host',
      presets.cognito({ domain: 'auth.acme.example', ...client }),
      { url: 'https://auth.acme.example/oauth2/token', form: { grant_type }, ...inHeader },
    ],
    [
      'salesforce',
      presets.salesforce({ domain: 'acme', ...client }),
      { url: 'https://acme.my.salesforce.com/services/oauth2/token', form: { grant_type, ...inForm } },
    ],
  ])('%s', async (_, options, { url, form, basic }) => {
    expect(await sentBy(options)).toMatchObject({ method: 'POST', url, form, basic });
    expect(Object.keys((await sentBy(options)).form).sort()).toEqual(Object.keys(form).sort());
  });

  it('google: an assertion that holds the scope, and nothing else', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const credentials = {
      type: 'service_account',
      client_email: 'robot@acme.iam.gserviceaccount.example',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      private_key_id: 'key-1',
    };
    const scope = ['https://www.googleapis.com/auth/b', 'https://www.googleapis.com/auth/a'];
    const { url, form, basic } = await sentBy(presets.google({ credentials, scope }));
    expect([url, basic]).toEqual(['https://oauth2.googleapis.com/token', undefined]);
    expect(form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: form['assertion'],
    });
    const key = await importSPKI(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'RS256');
    const { payload, protectedHeader } = await jwtVerify(form['assertion'] ?? '', key, { maxTokenAge: 3_600 });
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: 'key-1' });
    expect(payload).toMatchObject({
      iss: credentials.client_email,
      aud: 'https://oauth2.googleapis.com/token',
      scope: 'https://www.googleapis.com/auth/a https://www.googleapis.com/auth/b',
    });
    expect(payload).not.toHaveProperty('sub');
  });

  it('google, for a user, at another address', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const credentials = {
      client_email: 'robot@acme.example',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      token_uri: 'https://token.acme.example/',
    };
    const { url, form } = await sentBy(presets.google({ credentials, scope: 's', subject: 'ann@acme.example' }));
    expect(url).toBe('https://token.acme.example/');
    expect(decodeJwt(form['assertion'] ?? '')).toMatchObject({
      aud: 'https://token.acme.example/',
      sub: 'ann@acme.example',
    });
  });
});

describe('a preset', () => {
  it('may be changed by spreading it', async () => {
    const options = { ...presets.benchling({ tenant: 'acme', ...client }), parameters: { more: '1' } };
    expect((await sentBy(options)).form).toEqual({ grant_type, more: '1' });
  });

  it('takes another way to authenticate', async () => {
    const clientAuthentication = clientAssertion('an-id', () => 'federated');
    const { form, basic } = await sentBy(presets.entraId({ tenant: 't', scope: 's', clientAuthentication }));
    expect(basic).toBeUndefined();
    expect(form).toMatchObject({ client_id: 'an-id', client_assertion: 'federated' });
    expect(form).not.toHaveProperty('client_secret');
  });

  it('knows how long a token lasts where the vendor does not say', async () => {
    expect((await sentBy(presets.salesforce({ domain: 'acme', ...client }))).lifetimeMs).toBe(900_000);
    expect((await sentBy(presets.benchling({ tenant: 'acme', ...client }))).lifetimeMs).toBe(300_000);
  });

  it.each([
    ['okta', presets.okta({ domain: 'acme', scope: 's', ...client }), 'https://acme.okta.com/oauth2/default/v1/revoke'],
    [
      'keycloak',
      presets.keycloak({ url: 'https://sso.example', realm: 'r', ...client }),
      'https://sso.example/realms/r/protocol/openid-connect/revoke',
    ],
    [
      'salesforce',
      presets.salesforce({ domain: 'acme', ...client }),
      'https://acme.my.salesforce.com/services/oauth2/revoke',
    ],
  ])('knows where tokens are revoked: %s', (_, options, revocationUrl) => {
    expect(options).toMatchObject({ revocationUrl });
  });

  it.each([
    'acme/evil',
    'user@evil.example',
    'evil.example?',
    'evil.example#',
    'evil.example:99999',
    'a b',
    'http://a.b',
  ])('lets nothing but a host be a host: %j', (tenant) => {
    expect(() => presets.benchling({ tenant, ...client })).toThrow('tenant: must be a host');
  });

  it('says what is missing of a name alone', () => {
    expect(() => presets.cognito({ domain: 'acme', ...client })).toThrow('domain: must be a host');
    expect(() => presets.auth0({ domain: 'acme', audience: 'a', ...client })).toThrow('domain: must be a host');
  });
});

describe('what is missing or malformed', () => {
  const clientAuthentication = clientAssertion('an-id', () => 'federated');
  const given: Readonly<Record<string, object>> = {
    benchling: { tenant: 'acme' },
    auth0: { domain: 'acme.example', audience: 'a' },
    okta: { domain: 'acme', scope: 's' },
    entraId: { tenant: 't', scope: 's' },
    keycloak: { url: 'https://sso.example', realm: 'r' },
    cognito: { domain: 'acme', region: 'eu-west-1' },
    salesforce: { domain: 'acme' },
  };
  const make = (name: string, options: object): unknown =>
    (Reflect.get(presets, name) as (given: object) => unknown)(options);

  it.each(
    Object.entries(given).flatMap(([name, own]) =>
      Object.keys(own)
        .filter((option) => !['scope', 'region'].includes(option))
        .flatMap((option) => [undefined, null, '', 7, {}].map((value) => [name, option, value] as const)),
    ),
  )('is no host and no path, but an error that names the option: %s, %s: %p', (name, option, value) => {
    const code = 'ERR_TOKENFLIGHT_CONFIGURATION';
    expect(() => make(name, { ...given[name], ...client, [option]: value })).toThrow(
      expect.objectContaining({ code, option }),
    );
    const { [option as never]: _left, ...others } = given[name] as Record<string, unknown>;
    expect(() => make(name, { ...others, ...client })).toThrow(expect.objectContaining({ code, option }));
  });

  it.each<[string, string, object]>([
    ['entraId', 'tenant', { tenant: '..' }],
    ['entraId', 'tenant', { tenant: '.' }],
    ['okta', 'authorizationServer', { authorizationServer: '..' }],
    ['okta', 'authorizationServer', { authorizationServer: '' }],
    ['keycloak', 'realm', { realm: '..' }],
    ['keycloak', 'url', { url: 'https://sso.example?a=' }],
    ['keycloak', 'url', { url: 'https://sso.example/#' }],
    ['keycloak', 'url', { url: 'sso.example' }],
    ['cognito', 'region', { region: '' }],
    ['cognito', 'domain', { region: 'evil.example/' }],
  ])('does not lead elsewhere: %s, %s: %j', (name, option, more) => {
    expect(() => make(name, { ...given[name], ...client, ...more })).toThrow(expect.objectContaining({ option }));
  });

  it.each(Object.keys(given))('is the client of %s, or contradicts itself', (name) => {
    const own = given[name];
    const refused = (option: string): unknown =>
      expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option });
    expect(() => make(name, { ...own })).toThrow(refused('clientId'));
    expect(() => make(name, { ...own, clientId: 'an-id' })).toThrow(refused('clientSecret'));
    expect(() => make(name, { ...own, clientSecret: 's', clientAuthentication })).toThrow(refused('clientSecret'));
    expect(() => make(name, { ...own, clientId: 'c', clientAuthentication })).toThrow(refused('clientId'));
    expect(() => make(name, { ...own, ...client, misspelt: 1 })).toThrow(refused('misspelt'));
    make(name, { ...own, clientAuthentication });
  });

  it.each<[string, unknown]>([
    ['credentials', undefined],
    ['credentials', 'a path'],
    ['credentials.client_email', { private_key: 'k' }],
    ['credentials.private_key', { client_email: 'e' }],
    ['key', { client_email: 'e', private_key: 'no PEM' }],
  ])('is the %s of google', (option, credentials) => {
    expect(() => make('google', { scope: 's', credentials })).toThrow(expect.objectContaining({ option }));
  });
});

describe('the host of a tenant', () => {
  it.each([
    ['host: must be a host', () => presets.entraId({ tenant: 't', host: 'login/evil', scope: 's', ...client })],
    [
      'tenant: must be a host, or a name under .benchling.com',
      () => presets.benchling({ tenant: 'acme/x', ...client }),
    ],
    ['domain: must be a host', () => presets.cognito({ domain: 'acme', ...client })],
    [
      'domain: must be a host, or a name under .auth.eu-west-1.amazoncognito.com',
      () => presets.cognito({ domain: 'acme/x', region: 'eu-west-1', ...client }),
    ],
    [
      'domain: must be a host, or a name under .my.salesforce.com',
      () => presets.salesforce({ domain: 'a b', ...client }),
    ],
    ['domain: must be a host', () => presets.auth0({ domain: 'evil.example/https://x', audience: 'a', ...client })],
  ])('is refused by name: %s', (message, make) => {
    expect(make).toThrow(expect.objectContaining({ message }));
  });
});

it('google: an assertion is made for each request, so none is read again after a refusal', () => {
  const private_key = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
  const credentials = { client_email: 'c@p.iam.example', private_key, private_key_id: 'i' };
  expect(presets.google({ credentials, scope: 's' }).clientAuthentication).toMatchObject({ rereads: false });
});
