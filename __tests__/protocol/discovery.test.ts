import { describe, expect, it } from '@jest/globals';
import { type DiscoveryOptions, discoverServer } from '../../src/protocol/discovery.ts';
import { BodyTooLargeError } from '../../src/protocol/read-body.ts';

type Answer = Response | Error | object;

interface Site {
  readonly options: DiscoveryOptions;
  readonly asked: { readonly url: string; readonly init: RequestInit }[];
}

/** An issuer whose documents are these, by path. All others are not there. */
function site(issuer: string, documents: Readonly<Record<string, Answer>>, more: Partial<DiscoveryOptions> = {}): Site {
  const asked: Site['asked'] = [];
  const options: DiscoveryOptions = {
    issuer: new URL(issuer),
    allowInsecure: false,
    usesMtls: false,
    async transport(url, init) {
      asked.push({ url, init });
      const answer = documents[new URL(url).pathname] ?? new Response('not here', { status: 404 });
      if (answer instanceof Error) throw answer;
      return answer instanceof Response ? answer.clone() : Response.json(answer);
    },
    ...more,
  };
  return { options, asked };
}

const never = new AbortController().signal;
const OPENID = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';
const issuer = 'https://auth.example';
const metadata = { issuer, token_endpoint: 'https://auth.example/token' };

describe('an issuer is asked', () => {
  it('for OpenID metadata, with a plain GET that follows no redirect', async () => {
    const { options, asked } = site(issuer, {
      [OPENID]: { ...metadata, revocation_endpoint: 'https://auth.example/revoke', more: 1 },
    });
    expect(await discoverServer(options, never)).toEqual({
      issuer,
      tokenUrl: new URL('https://auth.example/token'),
      revocationUrl: new URL('https://auth.example/revoke'),
    });
    expect(asked.map(({ url }) => url)).toEqual([`${issuer}${OPENID}`]);
    expect(asked[0]?.init).toMatchObject({
      method: 'GET',
      redirect: 'manual',
      headers: { accept: 'application/json' },
    });
    expect(asked[0]?.init.signal).toBeInstanceOf(AbortSignal);
  });

  it('then for OAuth metadata (RFC 8414)', async () => {
    const { options, asked } = site(issuer, { [OAUTH]: metadata });
    expect((await discoverServer(options, never)).tokenUrl.href).toBe('https://auth.example/token');
    expect(asked.map(({ url }) => url)).toEqual([`${issuer}${OPENID}`, `${issuer}${OAUTH}`]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    [OPENID, { given: 'https://auth.example/realms/one', path: `/realms/one${OPENID}` }],
    [OAUTH, { given: 'https://auth.example/realms/one', path: `${OAUTH}/realms/one` }],
    [OPENID, { given: 'https://auth.example/realms/one/', path: `/realms/one${OPENID}` }],
  ])('with a path of its own, %s where it belongs: %j', async (_, { given = '', path = '' }) => {
    const { options } = site(given, { [path]: { ...metadata, issuer: given } });
    expect((await discoverServer(options, never)).issuer).toBe(given);
  });

  it('and gives the address that a client knows it by, as the server writes it', async () => {
    const { options } = site(`${issuer}/`, { [OPENID]: { ...metadata, issuer } });
    expect((await discoverServer(options, never)).issuer).toBe(issuer);
  });
});

describe('the aliases for mutual TLS', () => {
  const aliased = {
    ...metadata,
    revocation_endpoint: 'https://auth.example/revoke',
    mtls_endpoint_aliases: { token_endpoint: 'https://mtls.auth.example/token' },
  };
  it.each<[boolean, string]>([
    [true, 'mtls.auth.example'],
    [false, 'auth.example'],
  ])('are used by those who need them: %p', async (usesMtls, host) => {
    const { options } = site(issuer, { [OPENID]: aliased }, { usesMtls });
    const { tokenUrl, revocationUrl } = await discoverServer(options, never);
    expect([tokenUrl.host, revocationUrl?.host]).toEqual([host, 'auth.example']);
  });
});

it('an alias for mutual TLS is held to the same rules', async () => {
  const mtls_endpoint_aliases = { token_endpoint: 'http://mtls.auth.example/token' };
  const { options } = site(issuer, { [OPENID]: { ...metadata, mtls_endpoint_aliases } }, { usesMtls: true });
  await expect(discoverServer(options, never)).rejects.toThrow(/^mtls_endpoint_aliases\.token_endpoint must be https/);
});

it('a configured revocation endpoint takes the place of one that would not do', async () => {
  const revocationUrl = new URL('https://auth.example/mine');
  const described = { ...metadata, revocation_endpoint: 'http://auth.example/theirs' };
  const { options } = site(issuer, { [OPENID]: described }, { revocationUrl });
  expect((await discoverServer(options, never)).revocationUrl).toBe(revocationUrl);
});

describe('metadata will not do', () => {
  it.each<[string, Answer, RegExp]>([
    ['that are of another issuer', { ...metadata, issuer: 'https://evil.example' }, /does not match/],
    ['that name no issuer', { token_endpoint: metadata.token_endpoint }, /issuer/],
    ['without a token endpoint', { issuer }, /no token_endpoint/],
    ['with a token endpoint of null', { issuer, token_endpoint: null }, /no token_endpoint/],
    ['with a token endpoint that is no text', { issuer, token_endpoint: 5 }, /^token_endpoint must be a string/],
    ['with a token endpoint that is no URL', { issuer, token_endpoint: '/token' }, /^token_endpoint must be an abs/],
    ['with one on plain http', { issuer, token_endpoint: 'http://auth.example/t' }, /^token_endpoint must be https/],
    ['with user info', { issuer, token_endpoint: 'https://a:b@auth.example/t' }, /^token_endpoint must not hold user/],
    ['with a fragment', { issuer, token_endpoint: 'https://auth.example/t#a' }, /^token_endpoint must not have a frag/],
    [
      'with a revocation endpoint on plain http',
      { ...metadata, revocation_endpoint: 'http://auth.example/r' },
      /^revocation_endpoint must be https/,
    ],
    ['that are HTML', new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } }), /pars/i],
    ['that are empty', new Response(''), /pars/i],
    ['that are a list', [metadata], /object/],
    ['that are null', new Response('null'), /object/],
    ['with status 500', new Response('{}', { status: 500 }), /status 500/],
    ['behind a redirect', new Response(null, { status: 302, headers: { location: 'https://evil.example' } }), /302/],
  ])('%s', async (_, answer, message) => {
    for (const path of [OPENID, OAUTH]) {
      const { options } = site(issuer, { [path]: answer });
      await expect(discoverServer(options, never)).rejects.toThrow(message);
    }
  });

  it('over 1 MiB, and no more of them is read', async () => {
    let pulled = 0;
    const endless = (): Response =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled++;
            controller.enqueue(new Uint8Array(65_536));
          },
        }),
      );
    const { options } = site(issuer, {}, { transport: async () => endless() });
    await expect(discoverServer(options, never)).rejects.toBeInstanceOf(BodyTooLargeError);
    expect(pulled).toBeLessThan(40);
  });

  it('that are nowhere, and the error says so', async () => {
    await expect(discoverServer(site(issuer, {}).options, never)).rejects.toThrow('no metadata (status 404)');
  });

  it('and the more telling of the two failures is thrown', async () => {
    const { options } = site(issuer, { [OPENID]: new Response('', { status: 503 }) });
    await expect(discoverServer(options, never)).rejects.toThrow('status 503');
    const other = site(issuer, { [OPENID]: new Response('', { status: 503 }), [OAUTH]: { ...metadata, issuer: 'x' } });
    await expect(discoverServer(other.options, never)).rejects.not.toThrow('status 503');
  });

  it('of which one kind is wrong, if the other is right', async () => {
    const { options } = site(issuer, { [OPENID]: { ...metadata, issuer: 'https://x.example' }, [OAUTH]: metadata });
    expect((await discoverServer(options, never)).tokenUrl.href).toBe(metadata.token_endpoint);
  });
});

describe('plain http', () => {
  const insecure = { issuer: 'http://auth.internal', token_endpoint: 'http://auth.internal/token' };
  it('is used where that was allowed', async () => {
    const { options } = site(insecure.issuer, { [OPENID]: insecure }, { allowInsecure: true });
    expect((await discoverServer(options, never)).tokenUrl.href).toBe(insecure.token_endpoint);
  });

  it('is used on loopback', async () => {
    const local = { issuer: 'http://127.0.0.1:1', token_endpoint: 'http://127.0.0.1:1/token' };
    const { options } = site(local.issuer, { [OPENID]: local });
    expect((await discoverServer(options, never)).tokenUrl.href).toBe(local.token_endpoint);
  });
});

it('an abort ends it with its own reason, without a second request', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const { options, asked } = site(issuer, {}, {});
  const aborting = {
    ...options,
    transport: async (url: string, init: RequestInit) => {
      controller.abort(reason);
      return options.transport(url, init);
    },
  };
  await expect(discoverServer(aborting, controller.signal)).rejects.toBe(reason);
  expect(asked).toHaveLength(1);
});
