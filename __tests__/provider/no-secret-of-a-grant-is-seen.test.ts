import { generateKeyPairSync } from 'node:crypto';
import diagnosticsChannel from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  clientAssertion,
  clientSecretJwt,
  dpop,
  grant,
  jwtBearer,
  password,
  privateKeyJwt,
  refreshToken,
  type TokenProviderOptions,
  tokenExchange,
} from '../../src/index.ts';
import { providerUnderTest } from '../fakes/provider-under-test.ts';

const MARK = 'H1ddenMark-of-at-least-thirty-two-bytes';
const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const authentication = { clientId: undefined, clientSecret: undefined };

const secrets: Readonly<Record<string, Partial<TokenProviderOptions>>> = {
  'a refresh token': { grant: refreshToken({ refreshToken: MARK }) },
  'a refresh token that is read': { grant: refreshToken({ refreshToken: () => MARK }) },
  'an actor token': { grant: tokenExchange({ subjectToken: 'subject', actorToken: MARK }) },
  'a subject token': { grant: tokenExchange({ subjectToken: () => MARK }) },
  'an assertion': { grant: jwtBearer({ assertion: MARK }) },
  'a password': { grant: password('ann', MARK) },
  'a parameter': { grant: grant('g', { badge: MARK }) },
  'a client assertion': { ...authentication, clientAuthentication: clientAssertion('app', () => MARK) },
  'a secret that signs': { ...authentication, clientAuthentication: clientSecretJwt('app', MARK) },
  'a private key': {
    ...authentication,
    clientAuthentication: privateKeyJwt('app', { ...jwk, d: jwk.d ?? '' }),
  },
};

/** Everything that anybody can print of a provider that meets an echoing server. */
async function shownBy(options: Partial<TokenProviderOptions>): Promise<string> {
  const shown: unknown[] = [];
  const listen = (message: unknown): unknown => shown.push(message);
  const channels = [
    'tokenflight:event',
    ...['start', 'end', 'error'].map((on) => `tracing:tokenflight:token-request:${on}`),
  ];
  for (const channel of channels) diagnosticsChannel.subscribe(channel, listen);
  try {
    const { provider, clock, endpoint, events } = providerUnderTest({
      dpop: dpop(),
      revocationUrl: 'https://auth.example/revoke',
      retry: { retries: 0 },
      ...options,
    });
    endpoint.reaction = (request, number) => {
      const echo = `you sent ${decodeURIComponent(request.form.toString())} and ${request.form.toString()}`;
      if (number === 1) request.grant('access-token-value', 900, { refresh_token: `${MARK}-next`, note: MARK });
      else if (number % 2 === 0) request.answer(400, { error: 'invalid_request', error_description: echo });
      else request.answer(200, `<html>${echo}</html>`);
    };
    const token = await clock.settle(provider.getToken());
    shown.push(token, JSON.stringify(token), `${token}`);
    for (const scope of ['a', 'b', 'c']) {
      shown.push(await clock.settle(provider.getToken({ scope }).catch((error: unknown) => error)));
    }
    shown.push(await clock.settle(provider.revoke(token).catch((error: unknown) => error)));
    shown.push(provider, options.grant, options.clientAuthentication, events);
  } finally {
    for (const channel of channels) diagnosticsChannel.unsubscribe(channel, listen);
  }
  return inspect(shown, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null });
}

describe('nobody sees', () => {
  it.each(Object.keys(secrets))('%s', async (name) => {
    const shown = await shownBy(secrets[name] ?? {});
    expect(shown).toContain('TokenRequestRejectedError');
    for (const hidden of [MARK, 'H1ddenMark', 'access-token-value', jwk.d ?? '']) expect(shown).not.toContain(hidden);
  });
});
