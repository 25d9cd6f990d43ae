import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, importSPKI, jwtVerify } from 'jose';
import { fixedServer } from '../../src/protocol/authorization-server.ts';
import { clientAssertion } from '../../src/protocol/client-assertion.ts';
import { type ClientAuthentication, clientSecretBasic, none } from '../../src/protocol/client-authentication.ts';
import { clientCredentials, type Grant, password } from '../../src/protocol/grant.ts';
import { jwtBearer } from '../../src/protocol/jwt-bearer.ts';
import { refreshToken } from '../../src/protocol/refresh-token.ts';
import { readTokenAnswer } from '../../src/protocol/token-answer.ts';
import { prepareTokenRequest, readSubject, type TokenEndpoint } from '../../src/protocol/token-endpoint.ts';
import { tokenExchange } from '../../src/protocol/token-exchange.ts';
import { platformTransport } from '../../src/protocol/transport.ts';
import { canonicalTokenRequest, type TokenRequest } from '../../src/values/token-request.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { answerOf, thrownBy } from './answer-of.ts';

const NOBODY: ClientAuthentication = { method: 'none', clientId: 'x', rereads: false, authenticate: () => {} };

interface Prepared {
  readonly form: Readonly<Record<string, string>>;
  readonly headers: Headers;
}

async function prepared(
  grant: Grant,
  clientAuthentication: ClientAuthentication,
  request: TokenRequest = {},
): Promise<Prepared> {
  const endpoint: TokenEndpoint = {
    server: fixedServer({ tokenUrl: new URL('https://server.example.com/token') }),
    clientAuthentication,
    grant,
    dpop: undefined,
    transport: platformTransport,
    clock: new FakeClock(),
  };
  const subject = await readSubject(endpoint);
  const { body, headers } = await prepareTokenRequest(endpoint, canonicalTokenRequest(request), subject?.parameters);
  const fields = [...new URLSearchParams(body)];
  expect(new Set(fields.map(([name]) => name)).size).toBe(fields.length); // RFC 6749 §3.2: no field twice
  return { form: Object.fromEntries(fields), headers };
}

describe('RFC 6749', () => {
  const client = clientSecretBasic('s6BhdRkqt3', 'gX1fBat3bV');

  it.each<[string, Grant, Readonly<Record<string, string>>]>([
    ['§4.4.2', clientCredentials(), { grant_type: 'client_credentials' }],
    ['§4.3.2', password('johndoe', 'A3ddj3w'), { grant_type: 'password', username: 'johndoe', password: 'A3ddj3w' }],
    [
      '§6',
      refreshToken({ refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA' }),
      { grant_type: 'refresh_token', refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA' },
    ],
  ])('%s: the request', async (_, grant, form) => {
    const request = await prepared(grant, client);
    expect(request.form).toEqual(form);
    expect(request.headers.get('authorization')).toBe('Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW');
  });

  it('§5.1: the answer', () => {
    const answer = {
      access_token: '2YotnFZFEjr1zCsicMWpAA',
      token_type: 'example',
      expires_in: 3600,
      refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA',
      example_parameter: 'example_value',
    };
    expect(thrownBy(() => readTokenAnswer(answerOf(200, answer)))).toMatchObject({ code: 'ERR_TOKENFLIGHT_RESPONSE' });
    expect(readTokenAnswer(answerOf(200, { ...answer, token_type: 'bearer' }))).toMatchObject({
      value: '2YotnFZFEjr1zCsicMWpAA',
      tokenType: 'Bearer',
      lifetimeMs: 3_600_000,
      response: { refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA', example_parameter: 'example_value' },
    });
  });

  it('§5.2: the refusal', () => {
    expect(thrownBy(() => readTokenAnswer(answerOf(400, { error: 'invalid_request' })))).toMatchObject({
      error: 'invalid_request',
      status: 400,
    });
  });
});

describe('RFC 7523', () => {
  const assertion = 'eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP';

  it('§2.1: an assertion for a grant', async () => {
    const { form } = await prepared(jwtBearer({ assertion }), NOBODY);
    expect(form).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
  });

  it('§2.2: an assertion for a client', async () => {
    const { form } = await prepared(
      clientCredentials(),
      clientAssertion('app', () => assertion),
    );
    expect(form).toEqual({
      grant_type: 'client_credentials',
      client_id: 'app',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
  });

  it('§3: the claims of one that is signed here', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const publicKey = await importSPKI(pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'ES256');
    const { form } = await prepared(
      jwtBearer({
        key,
        algorithm: 'ES256',
        kid: '16',
        issuer: 'https://jwt-idp.example.com',
        subject: 'mailto:mike@example.com',
        audience: 'https://jwt-rp.example.net',
        claims: { 'http://claims.example.com/member': true },
      }),
      none('app'),
      { scope: 'a b' },
    );
    expect(form).toMatchObject({ client_id: 'app', scope: 'a b' });
    const { payload, protectedHeader } = await jwtVerify(form['assertion'] ?? '', publicKey, {
      audience: 'https://jwt-rp.example.net',
      issuer: 'https://jwt-idp.example.com',
      subject: 'mailto:mike@example.com',
      maxTokenAge: 60,
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: '16' });
    expect(payload).toMatchObject({ 'http://claims.example.com/member': true, jti: expect.any(String) as unknown });
    expect(payload).not.toHaveProperty('scope');
  });

  it('the scope is a claim, and no field, where the server wants it so', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const signed = {
      key: privateKey.export({ format: 'jwk' }),
      issuer: 'app',
      audience: 'https://auth.example',
      scopeInAssertion: true,
    };
    const { form } = await prepared(jwtBearer(signed), NOBODY, { scope: 'b a', parameters: { more: '1' } });
    expect(form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: form['assertion'],
      more: '1',
    });
    expect(decodeProtectedHeader(form['assertion'] ?? '')).toEqual({ alg: 'EdDSA' });
    expect(decodeJwt(form['assertion'] ?? '')).toMatchObject({ scope: 'a b', iss: 'app' });
    expect(decodeJwt(form['assertion'] ?? '')).not.toHaveProperty('sub');
    const bare = await prepared(jwtBearer(signed), NOBODY);
    expect(decodeJwt(bare.form['assertion'] ?? '')).not.toHaveProperty('scope');
  });
});

describe('RFC 8693', () => {
  it('§2.3: the request and the answer', async () => {
    const grant = tokenExchange({ subjectToken: 'accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC' });
    const { form, headers } = await prepared(grant, clientSecretBasic('rs08', 'long-secure-random-secret'), {
      resource: 'https://backend.example.com/api',
    });
    expect(form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      resource: 'https://backend.example.com/api',
      subject_token: 'accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
    expect(headers.get('authorization')).toBe('Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0');
    const token = readTokenAnswer(
      answerOf(200, {
        access_token: 'eyJhbGciOiJFUzI1NiIsImtpZCI6IjllciJ9.eyJhdWQ.40Y3ZgQ',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 60,
      }),
    );
    expect(token).toMatchObject({
      lifetimeMs: 60_000,
      response: { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
    });
  });

  it('Appendix A.2: for a subject, by an actor', async () => {
    const jwt = 'urn:ietf:params:oauth:token-type:jwt';
    const grant = tokenExchange({
      subjectToken: 'eyJ.subject.sig',
      subjectTokenType: jwt,
      actorToken: 'eyJ.actor.sig',
      actorTokenType: jwt,
      requestedTokenType: jwt,
    });
    const { form } = await prepared(grant, NOBODY, { audience: 'urn:example:cooperation-context' });
    expect(form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: 'urn:example:cooperation-context',
      subject_token: 'eyJ.subject.sig',
      subject_token_type: jwt,
      actor_token: 'eyJ.actor.sig',
      actor_token_type: jwt,
      requested_token_type: jwt,
    });
  });

  it('§2.2.1: a token that is no access token (N_A) is none for a header', () => {
    const answer = answerOf(200, { access_token: '<saml>'.replace(/[<>]/g, ''), token_type: 'N_A' });
    expect(thrownBy(() => readTokenAnswer(answer))).toMatchObject({ code: 'ERR_TOKENFLIGHT_RESPONSE' });
  });
});

describe('RFC 9449', () => {
  it('§8: the refusal of a proof without the nonce', () => {
    const answer = { error: 'use_dpop_nonce', error_description: 'Authorization server requires nonce in DPoP proof' };
    expect(thrownBy(() => readTokenAnswer(answerOf(400, answer)))).toMatchObject({
      error: 'use_dpop_nonce',
      errorDescription: 'Authorization server requires nonce in DPoP proof',
      retryable: false,
    });
  });

  it('§7.1: the hash of its access token', () => {
    const hash = createHash('sha256').update('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU').digest('base64url');
    expect(hash).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo');
  });
});
