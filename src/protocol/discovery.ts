import { endpointProblem } from '../values/endpoint-problem.ts';
import type { AuthorizationServer } from './authorization-server.ts';
import { allowInsecureRequests, customFetch, discoveryRequest, processDiscoveryResponse } from './oauth.ts';
import { readBody } from './read-body.ts';
import type { Transport } from './transport.ts';

export interface DiscoveryOptions {
  readonly issuer: URL;
  readonly transport: Transport;
  readonly allowInsecure: boolean;
  /** Prefer the server's `mtls_endpoint_aliases` (RFC 8705 §5). */
  readonly usesMtls: boolean;
  /** In place of what the metadata say. */
  readonly revocationUrl?: URL | undefined;
}

const LARGEST_METADATA_BYTES = 1_048_576;

/**
 * Asks an issuer for its metadata: OpenID Connect Discovery, then RFC 8414, since more servers have the former. The
 * issuer that it names must be the one asked.
 *
 * @throws what the transport throws, or an error that says why the metadata will not do
 */
export async function discoverServer(options: DiscoveryOptions, signal: AbortSignal): Promise<AuthorizationServer> {
  try {
    return await discoverBy('oidc', options, signal);
  } catch (error) {
    signal.throwIfAborted();
    return discoverBy('oauth2', options, signal).catch((second: unknown) => {
      throw second instanceof NotFoundError ? error : second;
    });
  }
}

class NotFoundError extends Error {}

async function discoverBy(
  algorithm: 'oidc' | 'oauth2',
  { issuer, transport, allowInsecure, usesMtls, revocationUrl }: DiscoveryOptions,
  signal: AbortSignal,
): Promise<AuthorizationServer> {
  const response = await discoveryRequest(issuer, {
    algorithm,
    signal,
    // The caller has checked already which plain http is meant.
    [allowInsecureRequests]: allowInsecure || issuer.protocol === 'http:',
    [customFetch]: (url, init) => transport(url, init as unknown as RequestInit),
  });
  const text = await readBody(response, LARGEST_METADATA_BYTES);
  if (response.status === 404) throw new NotFoundError('the issuer has no metadata (status 404)');
  if (response.status !== 200) throw new Error(`the issuer's metadata could not be had (status ${response.status})`);
  const metadata = await processDiscoveryResponse(
    issuer,
    new Response(text, { status: 200, headers: { 'content-type': 'application/json' } }),
  );
  const endpoint = endpointReader(metadata, { allowInsecure, usesMtls });
  const tokenUrl = endpoint('token_endpoint');
  if (tokenUrl === undefined) throw new Error("the issuer's metadata name no token_endpoint");
  return { issuer: metadata.issuer, tokenUrl, revocationUrl: revocationUrl ?? endpoint('revocation_endpoint') };
}

type Member = 'token_endpoint' | 'revocation_endpoint';

/** Metadata come from outside: an endpoint in them is held to what is asked of a configured one. */
function endpointReader(
  metadata: Readonly<Partial<Record<Member | 'mtls_endpoint_aliases', unknown>>>,
  { allowInsecure, usesMtls }: Pick<DiscoveryOptions, 'allowInsecure' | 'usesMtls'>,
): (member: Member) => URL | undefined {
  const aliases = (usesMtls ? metadata.mtls_endpoint_aliases : undefined) as typeof metadata | null | undefined;
  return (member) => {
    const alias = aliases?.[member] ?? undefined;
    const given = alias ?? metadata[member] ?? undefined;
    if (given === undefined) return undefined;
    const problem = typeof given === 'string' ? endpointProblem(given, allowInsecure) : 'must be a string';
    if (typeof given === 'string' && problem === undefined) return new URL(given);
    throw new Error(`${alias === undefined ? '' : 'mtls_endpoint_aliases.'}${member} ${problem}`);
  };
}
