import { type ChannelCredentials, credentials, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { bearerCredentials, bearerInterceptor } from '../../src/adapters/grpc.ts';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import type { TokenSource } from '../../src/values/token-source.ts';
import { tokenflightErrorIn } from './contract/errors.ts';
import { GrpcRig, metadataOf, say } from './grpc-rig.ts';

const { OK, UNAUTHENTICATED, UNAVAILABLE } = status;
const origins = 'https://api.example';

/** The channel leads to the test's server, but its calls are for this host. */
const remote = { 'grpc.default_authority': 'api.example', 'grpc.ssl_target_name_override': 'localhost' };

describe('a host that is not loopback', () => {
  const encrypted = new GrpcRig({ isEncrypted: true, hasCredentials: false, hasInterceptor: false });

  test('gets a token from the interceptor only where the channel is known to be encrypted', async () => {
    const { api, provider, tokens } = encrypted;
    const interceptors = [bearerInterceptor(provider, { origins })];
    const answer = await say(api.clientOf(api.channel, { ...remote, interceptors }), 'alone');
    expect(answer.code).toBe(UNAUTHENTICATED);
    expect(tokenflightErrorIn(answer.error)?.code).toBe('ERR_TOKENFLIGHT_INSECURE_URL');
    expect(tokens.requests).toHaveLength(0);

    const channel = credentials.combineChannelCredentials(api.channel, bearerCredentials(provider, { origins }));
    expect((await say(api.clientOf(channel, { ...remote, interceptors }), 'both')).code).toBe(OK);
    expect(api.calls.map(({ authorizations }) => authorizations)).toEqual([['Bearer token-1']]);
  });

  test('gets it by the origins of the credentials as well', async () => {
    const { api, provider } = encrypted;
    const interceptors = [bearerInterceptor(provider, { origins })];
    const elsewhere = bearerCredentials(provider, { origins: 'https://other.example' });
    const channel = credentials.combineChannelCredentials(api.channel, elsewhere);
    expect((await say(api.clientOf(channel, { ...remote, interceptors }), 'hello')).code).toBe(UNAUTHENTICATED);
    expect(api.calls).toHaveLength(0);
  });
});

describe('a channel that is not encrypted', () => {
  const plain = new GrpcRig({ isEncrypted: false, hasCredentials: false, hasInterceptor: false });

  test('takes no token to a host that is not loopback, unless that is allowed', async () => {
    const { api, provider } = plain;
    const clientOf = (allowInsecure: boolean) =>
      api.clientOf(api.channel, { ...remote, interceptors: [bearerInterceptor(provider, { origins, allowInsecure })] });
    const answer = await say(clientOf(false), 'hello');
    expect(tokenflightErrorIn(answer.error)?.code).toBe('ERR_TOKENFLIGHT_INSECURE_URL');
    expect(api.calls).toHaveLength(0);
    expect((await say(clientOf(true), 'hello')).code).toBe(OK);
    expect(api.tokens).toEqual(['token-1']);
  });

  test('cannot be combined with the credentials: grpc-js refuses', () => {
    const combine = (): ChannelCredentials =>
      credentials.combineChannelCredentials(plain.api.channel, bearerCredentials(plain.provider, { origins }));
    expect(combine).toThrow('Cannot compose insecure credentials');
  });
});

describe('with credentials and no interceptor', () => {
  const rig = new GrpcRig({ isEncrypted: true, hasCredentials: true, hasInterceptor: false });

  test('a caller who sets an authorization too is told by grpc-js that there are two', async () => {
    const answer = await say(rig.clientOf(), 'hello', { metadata: metadataOf({ authorization: 'Basic bWluZQ==' }) });
    expect(answer).toMatchObject({
      code: status.INTERNAL,
      text: '"authorization" metadata cannot have multiple values',
    });
  });

  test('a rejected token is the caller to deal with', async () => {
    const client = await rig.warmClientOf();
    rig.api.rejected.add('token-1');
    expect((await say(client, 'hello')).code).toBe(UNAUTHENTICATED);
    await rig.provider.invalidate(await rig.provider.getToken());
    expect((await say(client, 'hello')).code).toBe(OK);
  });
});

describe('beside what grpc-js does by itself', () => {
  const rig = new GrpcRig({ isEncrypted: false, hasCredentials: false, hasInterceptor: true });
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: '0.001s',
    maxBackoff: '0.001s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  const more = { 'grpc.service_config': JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] }) };

  test('its own retries carry the token, and replacing one is none of them', async () => {
    const client = await rig.warmClientOf({ more });
    const codes = [UNAVAILABLE, UNAUTHENTICATED, UNAVAILABLE, undefined];
    rig.api.judge = () => {
      const code = codes.shift();
      return code === undefined ? undefined : { code, details: 'scripted' };
    };
    expect(await say(client, 'hello')).toEqual({ code: OK, text: 'hello' });
    expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-1', 'token-2', 'token-2']);
  });

  test('a token that could be had at the second try leaves no trace of the first', async () => {
    rig.tokens.answerNext({ status: 503, body: 'later' });
    const failure = await rig.provider.getToken().catch((error: unknown) => error);
    const fixed = staticTokenSource('fixed');
    let asked = 0;
    const getToken: TokenSource['getToken'] = async () => {
      if (++asked === 1) throw failure;
      return fixed.getToken();
    };
    const client = rig.clientOf({ more, source: { ...fixed, getToken } });
    const ended = await new Promise((resolve) => {
      client.say('hello', metadataOf({}), {}, () => {}).on('status', resolve);
    });
    expect(ended).toMatchObject({ code: OK });
    expect(ended).not.toHaveProperty('cause');
    expect(rig.api.tokens).toEqual(['fixed']);
  });

  test('a channel that is closed before the rejection comes gets the rejection', async () => {
    const client = await rig.warmClientOf();
    rig.api.judge = async () => {
      client.close();
      return { code: UNAUTHENTICATED, details: 'who are you?' };
    };
    expect((await say(client, 'hello')).code).not.toBe(OK);
    expect(rig.api.calls).toHaveLength(2);
  });

  test('credentials of the call itself are sent beside the token', async () => {
    const own = credentials.createFromMetadataGenerator((_, callback) =>
      callback(null, metadataOf({ 'x-key': 'mine' })),
    );
    expect((await say(rig.clientOf(), 'hello', { credentials: own })).code).toBe(OK);
    expect(rig.api.calls[0]?.metadata.get('x-key')).toEqual(['mine']);
    expect(rig.api.tokens).toEqual(['token-1']);
  });
});
