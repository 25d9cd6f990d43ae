import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedBoolean, checkedFunction, checkedObject, checkedString } from '../errors/option-checks.ts';
import { fixedServer, type ServerSource } from '../protocol/authorization-server.ts';
import { type ClientAuthentication, clientSecretBasic } from '../protocol/client-authentication.ts';
import { discoverServer } from '../protocol/discovery.ts';
import type { DpopProver } from '../protocol/dpop.ts';
import { clientCredentials } from '../protocol/grant.ts';
import type { Secret } from '../protocol/secret.ts';
import type { TokenEndpoint } from '../protocol/token-endpoint.ts';
import { platformTransport } from '../protocol/transport.ts';
import { systemClock } from '../values/clock.ts';
import { endpointProblem } from '../values/endpoint-problem.ts';
import type { TokenProviderOptions } from './provider-options.ts';
import { ServerLookup, type ServerLookupOptions } from './server-lookup.ts';

type LookupPolicy = Pick<ServerLookupOptions, 'attemptTimeoutMs' | 'coolDown' | 'random' | 'flights'>;

/** Checks the options that say where and how tokens are asked for. */
export function endpointConfig(options: TokenProviderOptions, policy: LookupPolicy): TokenEndpoint {
  const grant = options.grant ?? clientCredentials();
  checkedString('grant.grantType', checkedObject('grant', grant)['grantType']);
  const { identity = [] } = grant;
  if (!Array.isArray(identity)) throw new ConfigurationError('grant.identity', 'must be an array of strings');
  for (const part of identity) checkedString('grant.identity', part);
  for (const method of ['parameters', 'subject', 'exclusively', 'granted', 'refused'] as const) {
    if (grant[method] !== undefined) checkedFunction(`grant.${method}`, grant[method]);
  }
  const clock = options.clock ?? systemClock;
  for (const method of ['monotonicMs', 'wallMs', 'schedule'] as const) {
    checkedFunction(`clock.${method}`, checkedObject('clock', clock)[method]);
  }
  const transport = checkedFunction('transport', options.transport ?? platformTransport);
  const authentication = clientAuthentication(options);
  return Object.freeze({
    server: serverSource(options, { clock, transport, clientAuthentication: authentication }, policy),
    clientAuthentication: authentication,
    grant,
    dpop: dpopProver(options),
    transport,
    clock,
    certificateBoundTokens: options.certificateBoundTokens ?? false,
  });
}

function serverSource(
  options: TokenProviderOptions,
  {
    clock,
    transport,
    clientAuthentication: { method },
  }: Pick<TokenEndpoint, 'clock' | 'transport' | 'clientAuthentication'>,
  policy: LookupPolicy,
): ServerSource {
  const allowInsecure = checkedBoolean('allowInsecure', options.allowInsecure ?? false);
  const revocationUrl =
    options.revocationUrl === undefined ? undefined : checkedUrl('revocationUrl', options.revocationUrl, allowInsecure);
  const certificateBoundTokens = checkedBoolean('certificateBoundTokens', options.certificateBoundTokens ?? false);
  if (options.issuer === undefined) {
    if (certificateBoundTokens) {
      throw new ConfigurationError('certificateBoundTokens', 'needs "issuer": a "tokenUrl" is used as it is');
    }
    return fixedServer({ tokenUrl: checkedUrl('tokenUrl', options.tokenUrl, allowInsecure), revocationUrl });
  }
  if (options.tokenUrl !== undefined) throw new ConfigurationError('tokenUrl', 'contradicts "issuer"');
  const issuer = checkedUrl('issuer', options.issuer, allowInsecure);
  if (issuer.search !== '') throw new ConfigurationError('issuer', 'must not have a query (RFC 8414 §2)');
  const usesMtls = certificateBoundTokens || method.endsWith('tls_client_auth');
  return new ServerLookup({
    ...policy,
    clock,
    issuer: issuer.href,
    discover: (signal) => discoverServer({ issuer, transport, allowInsecure, usesMtls, revocationUrl }, signal),
  });
}

function checkedUrl(option: string, given: unknown, allowInsecure: boolean): URL {
  const text = given instanceof URL ? given.href : checkedString(option, given);
  const problem = endpointProblem(text, allowInsecure);
  if (problem !== undefined) throw new ConfigurationError(option, problem);
  return new URL(text);
}

function clientAuthentication(options: TokenProviderOptions): ClientAuthentication {
  const { clientId, clientSecret, clientAuthentication: given } = options;
  if (given !== undefined) {
    checkedObject('clientAuthentication', given);
    checkedString('clientAuthentication.method', given.method);
    checkedString('clientAuthentication.clientId', given.clientId);
    checkedFunction('clientAuthentication.authenticate', given.authenticate);
    if (given.rereads !== undefined) checkedBoolean('clientAuthentication.rereads', given.rereads);
    if (clientId !== undefined) throw new ConfigurationError('clientId', 'is part of "clientAuthentication" already');
    if (clientSecret !== undefined) throw new ConfigurationError('clientSecret', 'contradicts "clientAuthentication"');
    return given;
  }
  return clientSecretBasic(clientId as string, clientSecret as Secret);
}

function dpopProver({ dpop }: TokenProviderOptions): DpopProver | undefined {
  if (dpop === undefined) return undefined;
  for (const method of ['thumbprint', 'prove', 'remember'] as const) {
    checkedFunction(`dpop.${method}`, checkedObject('dpop', dpop)[method]);
  }
  return dpop;
}
