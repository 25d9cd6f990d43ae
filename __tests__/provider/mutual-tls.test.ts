import { createPublicKey, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import got from 'got';
import { Agent, fetch as undiciFetch } from 'undici';
import {
  type ClientAuthentication,
  gotTransport,
  selfSignedTlsClientAuth,
  TokenProvider,
  type TokenProviderOptions,
  type Transport,
  tlsClientAuth,
  undiciTransport,
} from '../../src/index.ts';
import { type Certificates, makeCertificates } from '../servers/certificate-authority.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { recorded } from '../servers/recorded-transport.ts';
import { type Certificate, selfSignedCertificate } from '../servers/self-signed.ts';

const selfSigned = selfSignedCertificate();
let certificates: Certificates;
let server: CertifiedServer;
const agents: Agent[] = [];

beforeAll(async () => {
  certificates = await makeCertificates();
  const certificate = new X509Certificate(selfSigned.cert);
  const bound = { tls_client_certificate_bound_access_tokens: true };
  server = await CertifiedServer.start({
    certificates,
    clients: [
      {
        client_id: 'self-signed',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: {
          keys: [
            {
              ...createPublicKey(selfSigned.cert).export({ format: 'jwk' }),
              x5c: [certificate.raw.toString('base64')],
            },
          ],
        },
        ...bound,
      },
      {
        client_id: 'of the ca',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=client',
        ...bound,
      },
      { client_id: 'with a secret', client_secret: 'secret', ...bound },
    ],
  });
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await server.close();
});

/** Each way to show a certificate, or none. */
const carriers: Readonly<Record<string, (shown?: Certificate) => Transport>> = {
  "got's https options": (shown) =>
    gotTransport(
      got.extend({
        https: {
          certificateAuthority: certificates.ca,
          ...(shown && { key: shown.key, certificate: shown.cert }),
        },
      }),
    ),
  "undici's Agent": (shown) => {
    const agent = new Agent({ connect: { ca: certificates.ca, ...shown } });
    agents.push(agent);
    return undiciTransport(agent, { fetch: undiciFetch });
  },
};

const shownBy: Readonly<Record<string, () => readonly [ClientAuthentication, Certificate]>> = {
  'self-signed': () => [selfSignedTlsClientAuth('self-signed'), selfSigned],
  'of the ca': () => [tlsClientAuth('of the ca'), certificates.client],
};

const thumbprint = (cert: string): string => {
  const hex = new X509Certificate(cert).fingerprint256.replaceAll(':', '');
  return Buffer.from(hex, 'hex').toString('base64url');
};

const cases = Object.keys(carriers).flatMap((carrier) => Object.keys(shownBy).map((kind) => [carrier, kind] as const));

describe.each(cases)('over %s, a certificate that is %s', (carrier, kind) => {
  const made = (options: TokenProviderOptions, isShown = true) => {
    const [clientAuthentication, certificate] = shownBy[kind]?.() ?? [];
    const log = recorded(carriers[carrier]?.(isShown ? certificate : undefined));
    const provider = new TokenProvider({
      clientAuthentication,
      transport: log.transport,
      retry: { retries: 0 },
      ...options,
    });
    return { provider, log, certificate };
  };

  it('is what the client is known by, and its token is bound to', async () => {
    const { provider, log, certificate } = made({ tokenUrl: `${server.mtlsOrigin}/token` });
    const { value } = await provider.getToken();
    expect(log.sent[0]?.form.get('client_id')).toBe(kind);
    expect(log.sent[0]?.headers.has('authorization')).toBe(false);
    const said = await server.introspect(value, carriers[carrier]?.() as typeof fetch);
    expect(said).toMatchObject({ active: true, client_id: kind });
    expect(said.cnf).toEqual({ 'x5t#S256': thumbprint(certificate?.cert ?? '') });
  });

  it('is shown where the server asks for it, at its mtls_endpoint_aliases', async () => {
    const { provider, log } = made({ issuer: server.issuer });
    await provider.getToken();
    expect(log.sent.map(({ url }) => url)).toEqual([
      `${server.issuer}/.well-known/openid-configuration`,
      `${server.mtlsOrigin}/token`,
    ]);
  });

  it('is missed where it is not shown', async () => {
    const { provider } = made({ tokenUrl: `${server.mtlsOrigin}/token` }, false);
    await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
  });

  it('is no use to a server whose own one nobody vouches for', async () => {
    const { provider } = made({ tokenUrl: `${server.mtlsOrigin}/token`, transport: (url, init) => fetch(url, init) });
    await expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_UNREACHABLE' });
  });
});

it('a client with a secret gets tokens bound to its certificate, where it says so', async () => {
  const log = recorded(carriers["undici's Agent"]?.(certificates.client));
  const provider = new TokenProvider({
    issuer: server.issuer,
    clientId: 'with a secret',
    clientSecret: 'secret',
    certificateBoundTokens: true,
    transport: log.transport,
  });
  const { value } = await provider.getToken();
  expect(log.sent.at(-1)?.url).toBe(`${server.mtlsOrigin}/token`);
  const said = await server.introspect(value, carriers["undici's Agent"]?.() as typeof fetch);
  expect(said.cnf).toEqual({ 'x5t#S256': thumbprint(certificates.client.cert) });
});

it('without TLS client authentication the aliases are left alone', async () => {
  const log = recorded(carriers["undici's Agent"]?.());
  const provider = new TokenProvider({
    issuer: server.issuer,
    clientId: 'nobody',
    clientSecret: 'none',
    transport: log.transport,
  });
  await expect(provider.getToken()).rejects.toMatchObject({ error: 'invalid_client' });
  expect(log.sent.at(-1)?.url).toBe(`${server.issuer}/token`);
});
