import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type Admin, logLevel } from 'kafkajs';
import kafkajs1 from 'kafkajs-1';
import { type OAuthBearerOptions, type OAuthBearerProvider, oauthBearerProvider } from '../../src/adapters/kafka.ts';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import { systemClock } from '../../src/values/clock.ts';
import type { TokenSource } from '../../src/values/token-source.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';
import { KafkaBroker } from '../servers/kafka-broker.ts';
import { TokenServer } from '../servers/token-server.ts';
import { failureOf, REFUSED } from './contract/errors.ts';
import { useRealSockets } from './real-sockets.ts';

const MINUTE = 60_000;

describe.each([
  ['2', kafkajs.Kafka],
  ['1', kafkajs1.Kafka as unknown as typeof kafkajs.Kafka],
])('kafkajs %s with a real provider', (_, Kafka) => {
  let broker: KafkaBroker;
  let tokens: TokenServer;
  let provider: TokenProvider;
  let logs: string[];
  const clients: Admin[] = [];

  useRealSockets();
  beforeEach(async () => {
    [broker, tokens] = await Promise.all([KafkaBroker.start(), TokenServer.start()]);
    provider = new TokenProvider({
      tokenUrl: tokens.url,
      clientId: 'client',
      clientSecret: 'secret',
      retry: { retries: 0 },
    });
    logs = [];
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.disconnect();
    await provider.close();
    await Promise.all([broker.close(), tokens.close()]);
  });

  const clientOf = (callback: OAuthBearerProvider): Admin => {
    const client = new Kafka({
      clientId: 'tests',
      brokers: [broker.address],
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider: callback },
      retry: { retries: 0 },
      logLevel: logLevel.DEBUG,
      logCreator: () => (entry) => void logs.push(JSON.stringify(entry)),
    }).admin();
    clients.push(client);
    return client;
  };

  test('authenticates each connection with the token, which is asked for once', async () => {
    const callback = oauthBearerProvider(provider);
    for (let connection = 0; connection < 3; connection++) await clientOf(callback).connect();
    expect(broker.messages).toEqual(Array.from({ length: 3 }, () => 'n,,\x01auth=Bearer token-1\x01\x01'));
    expect(tokens.requests).toHaveLength(1);
    expect(logs.join('\n')).toContain('authentication successful');
    expect(logs.join('\n')).not.toContain('token-1');
  });

  test('sends the extensions', async () => {
    const extensions = { logicalCluster: 'lkc-123', identityPoolId: 'pool-456' };
    await clientOf(oauthBearerProvider(provider, { extensions })).connect();
    expect(broker.messages).toEqual([
      'n,,\x01auth=Bearer token-1\x01logicalCluster=lkc-123\x01identityPoolId=pool-456\x01\x01',
    ]);
  });

  test('asks for the token that the option "request" describes', async () => {
    await clientOf(oauthBearerProvider(provider, { request: { scope: 'kafka' } })).connect();
    expect(tokens.requests[0]?.form.get('scope')).toBe('kafka');
  });

  test('gets a newer token after it was told of a rejection, and not before', async () => {
    const callback = oauthBearerProvider(provider);
    broker.rejected.add('token-1');
    for (let connection = 0; connection < 2; connection++) {
      await expect(clientOf(callback).connect()).rejects.toMatchObject({ name: 'KafkaJSSASLAuthenticationError' });
    }
    expect(await callback.rejected()).toBe(true);
    await clientOf(callback).connect();
    expect(broker.tokens).toEqual(['token-1', 'token-1', 'token-2']);
    expect(await oauthBearerProvider(provider).rejected()).toBe(false); // it has handed out none
  });

  test('a token that cannot be had ends the connection with the error, and nothing is sent', async () => {
    tokens.answerNext(REFUSED);
    const error = await failureOf(clientOf(oauthBearerProvider(provider)).connect());
    expect(String(error)).toContain('no such client');
    expect(broker.messages).toEqual([]);
  });

  test('authenticates again when the session that the broker granted is over', async () => {
    broker.sessionLifetimeMs = 1; // less than the 10 s that kafkajs keeps ahead of it
    const client = clientOf(oauthBearerProvider(provider));
    await client.connect();
    expect(await client.listTopics()).toEqual([]);
    expect(broker.tokens.length).toBeGreaterThan(1);
    expect(new Set(broker.tokens)).toEqual(new Set(['token-1']));
    expect(tokens.requests).toHaveLength(1);
  });
});

describe('what the callback gives', () => {
  test('is all that either client wants to know', async () => {
    const source = sourceOf(tokenOf('a', Date.now() + 10 * MINUTE));
    const extensions = { logicalCluster: 'lkc-123' };
    const given = await oauthBearerProvider(source, { extensions, principal: 'me' })();
    expect(given).toEqual({ value: 'a', principal: 'me', lifetime: expect.any(Number), extensions });
    expect(given.lifetime / MINUTE).toBeCloseTo(Date.now() / MINUTE + 10, 1);
    expect(given.extensions).not.toBe(extensions);
    expect(await oauthBearerProvider(source)()).toEqual({
      value: 'a',
      principal: 'tokenflight',
      lifetime: expect.any(Number),
    });
  });

  test('ends in five minutes where the end is not known', async () => {
    const { lifetime } = await oauthBearerProvider(staticTokenSource('fixed'))();
    expect(Number.isInteger(lifetime)).toBe(true);
    expect(lifetime / MINUTE).toBeCloseTo(Date.now() / MINUTE + 5, 1);
  });

  test.each([
    ['two\x01lines', 'Bearer', 'ERR_TOKENFLIGHT_UNSAFE_TOKEN'],
    ['bound', 'DPoP', 'ERR_TOKENFLIGHT_CONFIGURATION'],
  ])('is an error for the token %j of type %s', async (value, tokenType, code) => {
    const token = tokenOf(value, Date.now() + 10 * MINUTE, tokenType);
    await expect(oauthBearerProvider(sourceOf(token))()).rejects.toMatchObject({ code });
  });
});

describe('a token with little life left', () => {
  const next = tokenOf('next', Date.now() + 10 * MINUTE);

  test.each([
    ['is renewed first', 30_000, next, 'next'],
    ['is good enough where the option says so', 1_000, next, 'old'],
    ['is better than none', 30_000, new Error('no server'), 'old'],
  ])('%s', async (_, minRemainingMs, forced, value) => {
    const source = sourceOf(tokenOf('old', Date.now() + 20_000), forced);
    expect((await oauthBearerProvider(source, { minRemainingMs })()).value).toBe(value);
  });

  test('is no good once it has ended', async () => {
    const source = sourceOf(tokenOf('ended', Date.now() - 1), new Error('no server'));
    await expect(oauthBearerProvider(source)()).rejects.toThrow('no server');
  });

  test('costs one token request for all who authenticate at once, and again at most every few seconds', async () => {
    const { provider, endpoint } = providerUnderTest({ clock: { ...systemClock, monotonicMs: () => 0 } });
    endpoint.grantAll(20);
    const callback = oauthBearerProvider(provider);
    const connect = (): Promise<unknown> => Promise.all(Array.from({ length: 10 }, () => callback()));
    await connect();
    await connect();
    expect(endpoint.requests).toHaveLength(2); // the first, and one by force
    await provider.close();
  });
});

describe('a mistake in', () => {
  const SECRET = 'not-to-be-shown';
  test.each<[string, unknown, string]>([
    ['extensions', { auth: SECRET }, 'extensions'],
    ['extensions', { 'a b': SECRET }, 'extensions'],
    ['extensions', { 'a\x01b': SECRET }, 'extensions'],
    ['extensions', { '': SECRET }, 'extensions'],
    ['extensions', { a1: SECRET }, 'extensions'],
    ['extensions', { cluster: `${SECRET}\x01auth=Bearer other` }, 'extensions.cluster'],
    ['extensions', { cluster: `${SECRET}\0` }, 'extensions.cluster'],
    ['extensions', { cluster: 1 }, 'extensions.cluster'],
    ['extensions', 'cluster=a', 'extensions'],
    ['extensions', ['a'], 'extensions'],
    ['principal', 1, 'principal'],
    ['principals', SECRET, 'principals'],
    ['minRemainingMs', -1, 'minRemainingMs'],
    ['minRemainingMs', Number.NaN, 'minRemainingMs'],
  ])('%s is named: %j', (option, value, named) => {
    const make = (): unknown => oauthBearerProvider(staticTokenSource('a'), { [option]: value } as OAuthBearerOptions);
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option: named }));
    expect(make).not.toThrow(SECRET);
  });

  test('the source is named', () => {
    expect(() => oauthBearerProvider({} as TokenSource)).toThrow(expect.objectContaining({ option: 'source' }));
  });
});

function tokenOf(value: string, expiresAtMs: number, tokenType = 'Bearer'): AccessToken {
  return new AccessToken({ value, tokenType, id: value, expiresAtMs });
}

/** @param forced what `forceRefresh` leads to */
function sourceOf(token: AccessToken, forced: AccessToken | Error = token): TokenSource {
  return {
    async getToken(_, options) {
      const given = options?.forceRefresh ? forced : token;
      if (given instanceof Error) throw given;
      return given;
    },
    invalidate: async () => false,
  };
}
