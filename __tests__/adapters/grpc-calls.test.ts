import { type Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { bearerCredentials, bearerInterceptor } from '../../src/adapters/grpc.ts';
import { dpop, TokenProvider } from '../../src/index.ts';
import { GrpcRig, metadataOf, say } from './grpc-rig.ts';

const { OK, UNAUTHENTICATED } = status;

describe.each([
  ['interceptor', { isEncrypted: false, hasCredentials: false, hasInterceptor: true }],
  ['credentials', { isEncrypted: true, hasCredentials: false, hasInterceptor: false }],
  ['credentials and interceptor', { isEncrypted: true, hasCredentials: true, hasInterceptor: true }],
])('a single call with a token of its own, through %s', (_, attachment) => {
  const rig = new GrpcRig(attachment);

  test('asks for what it says, and leaves the other calls theirs', async () => {
    const client = rig.clientOf({ options: { request: { scope: 'read' } } });
    const bearer = { origins: rig.origin, request: { scope: 'write' } };
    const own = attachment.hasInterceptor
      ? { interceptors: [bearerInterceptor(rig.provider, bearer)] }
      : { credentials: bearerCredentials(rig.provider, bearer) };
    expect((await say(client, 'special', own)).code).toBe(OK);
    await say(client, 'usual');
    expect((await say(client, 'special', own)).code).toBe(OK);
    const scopes = rig.tokens.requests.map(({ form }) => form.get('scope'));
    expect(scopes).toEqual(attachment.hasInterceptor ? ['write', 'read'] : ['write']);
    expect(rig.api.calls.map(({ authorizations }) => authorizations)).toEqual([
      ['Bearer token-1'],
      attachment.hasInterceptor ? ['Bearer token-2'] : [],
      ['Bearer token-1'],
    ]);
  });
});

describe('a single call with an interceptor of its own', () => {
  const rig = new GrpcRig({ isEncrypted: false, hasCredentials: false, hasInterceptor: true });

  test('that is rejected, is made again with a token of the same kind', async () => {
    const client = rig.clientOf({ options: { request: { scope: 'read' } } });
    const interceptors = [bearerInterceptor(rig.provider, { origins: rig.origin, request: { scope: 'write' } })];
    rig.api.rejected.add('token-1');
    expect((await say(client, 'special', { interceptors })).code).toBe(OK);
    expect(rig.tokens.requests.map(({ form }) => form.get('scope'))).toEqual(['write', 'write']);
  });
});

describe('a token that is bound to a key', () => {
  const rig = new GrpcRig({ isEncrypted: false, hasCredentials: false, hasInterceptor: true });
  const bound = (value: string): { status: number; body: string } => ({
    status: 200,
    body: JSON.stringify({ access_token: value, token_type: 'DPoP', expires_in: 600 }),
  });
  const boundProvider = (): TokenProvider =>
    new TokenProvider({ tokenUrl: rig.tokens.url, clientId: 'client', clientSecret: 'secret', dpop: dpop() });
  const proofIn = (metadata: Metadata | undefined) => decodeJwt(String(metadata?.get('dpop')[0]));
  const refusal = (error: string, nonce?: string) => ({
    code: UNAUTHENTICATED,
    details: error,
    metadata: metadataOf({ 'www-authenticate': `DPoP error="${error}"`, ...(nonce && { 'dpop-nonce': nonce }) }),
  });

  test('comes with a proof for each call, and once more with the nonce that the server wants', async () => {
    await using source = boundProvider();
    rig.tokens.answerNext(bound('bound-1'));
    rig.api.judge = ({ metadata }) =>
      proofIn(metadata)['nonce'] === 'nonce-1' ? undefined : refusal('use_dpop_nonce', 'nonce-1');
    const client = rig.clientOf({ source });
    expect(await say(client, 'hello')).toEqual({ code: OK, text: 'hello' });
    expect(await say(client, 'again')).toEqual({ code: OK, text: 'again' });
    expect(rig.api.calls.map(({ authorizations }) => authorizations)).toEqual(
      Array.from({ length: 3 }, () => ['DPoP bound-1']),
    );
    const proofs = rig.api.calls.map(({ metadata }) => proofIn(metadata));
    expect(proofs).toMatchObject(
      [undefined, 'nonce-1', 'nonce-1'].map((nonce) => ({
        htm: 'POST',
        htu: 'http://127.0.0.1/tests.Echo/Say',
        ...(nonce && { nonce }),
      })),
    );
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(3);
    expect(rig.tokens.requests).toHaveLength(1);
  });

  test('is renewed where it is rejected itself, and not where its proof is', async () => {
    await using source = boundProvider();
    rig.tokens.answerNext(bound('bound-1'));
    const client = rig.clientOf({ source });
    rig.api.judge = () => refusal('invalid_dpop_proof');
    expect(await say(client, 'proof')).toMatchObject({ code: UNAUTHENTICATED, text: 'invalid_dpop_proof' });
    expect(rig.tokens.requests).toHaveLength(1);
    rig.tokens.answerNext(bound('bound-2'));
    rig.api.judge = ({ authorizations }) =>
      authorizations[0] === 'DPoP bound-1' ? refusal('invalid_token') : undefined;
    expect((await say(client, 'token')).code).toBe(OK);
    expect(rig.api.calls.map(({ authorizations }) => authorizations[0])).toEqual([
      'DPoP bound-1',
      'DPoP bound-1',
      'DPoP bound-2',
    ]);
  });

  test('that wants a nonce again and again is made once more, not more often', async () => {
    await using source = boundProvider();
    rig.tokens.answerNext(bound('bound-1'));
    let calls = 0;
    rig.api.judge = () => refusal('use_dpop_nonce', `nonce-${++calls}`);
    expect(await say(rig.clientOf({ source }), 'hello')).toMatchObject({ code: UNAUTHENTICATED });
    expect(calls).toBe(2);
    expect(rig.tokens.requests).toHaveLength(1);
  });
});
