import { CredentialUnavailableError } from '../errors/credential-unavailable-error.ts';
import { TokenEndpointUnreachableError } from '../errors/token-endpoint-unreachable-error.ts';
import type { Clock } from '../values/clock.ts';
import type { CanonicalTokenRequest } from '../values/token-request.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import { plainWords } from './excerpt.ts';
import type { Grant } from './grant.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';
import { type Redactor, redactorFor, retellError } from './redaction.ts';
import { readTokenAnswer, type TokenAnswer, type TokenGrant, unusable } from './token-answer.ts';
import type { Transport } from './transport.ts';

/** Largest answer that is read, in bytes: 1 MiB. */
export const LARGEST_ANSWER_BYTES = 1_048_576;

/** Everything about a token endpoint that does not change from request to request. */
export interface TokenEndpoint {
  readonly url: URL;
  readonly clientAuthentication: ClientAuthentication;
  readonly grant: Grant;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** A token request with its one-time parts made, ready to be sent once. */
export interface PreparedRequest {
  readonly body: string;
  readonly headers: Headers;
  readonly redact: Redactor;
}

/**
 * Writes the form and the credentials of one attempt (RFC 6749 §4.4.2 and §2.3).
 *
 * @throws {CredentialUnavailableError} a function of the user's, for a secret or a grant parameter, failed
 */
export async function prepareTokenRequest(
  endpoint: TokenEndpoint,
  request: CanonicalTokenRequest,
): Promise<PreparedRequest> {
  const body = new URLSearchParams([['grant_type', endpoint.grant.grantType]]);
  const headers = new Headers({ accept: 'application/json' });
  if (request.scopes.length > 0) body.set('scope', request.scopes.join(' '));
  for (const audience of request.audiences) body.append('audience', audience);
  for (const resource of request.resources) body.append('resource', resource);
  if (request.authorizationDetails !== undefined) body.set('authorization_details', request.authorizationDetails);
  for (const [name, value] of request.parameters) body.append(name, value);
  try {
    for (const [name, values] of Object.entries((await endpoint.grant.parameters?.()) ?? {})) {
      for (const value of typeof values === 'string' ? [values] : values) body.append(name, value);
    }
    await endpoint.clientAuthentication.authenticate(endpoint.url, body, headers);
  } catch (error) {
    const redact = redactorFor(body, headers);
    throw new CredentialUnavailableError('the client credential or a grant parameter could not be read', {
      nowMs: () => endpoint.clock.monotonicMs(),
      // What was being read is not known here, and parsers quote what they choke on: only plain words are retold.
      cause: retellError(error, redact, (message) => plainWords(redact(message))),
    });
  }
  headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  return { body: body.toString(), headers, redact: redactorFor(body, headers) };
}

/**
 * Makes one `POST` to the token endpoint. This is the only place where a token request leaves.
 *
 * @param signal ends the request; its reason is thrown as it is
 * @throws {TokenEndpointUnreachableError} no whole answer came
 * @throws {TokenRequestRejectedError | TokenResponseError} see {@link readTokenAnswer}
 */
export async function sendTokenRequest(
  endpoint: TokenEndpoint,
  prepared: PreparedRequest,
  signal: AbortSignal,
): Promise<TokenGrant> {
  const { clock } = endpoint;
  const nowMs = (): number => clock.monotonicMs();
  let answer: TokenAnswer | undefined;
  try {
    const response = await endpoint.transport(endpoint.url.href, {
      method: 'POST',
      headers: prepared.headers,
      body: prepared.body,
      redirect: 'manual',
      signal,
    });
    const { status, headers } = response;
    answer = { status, headers, text: '', redact: prepared.redact, nowMs, wallMs: clock.wallMs() };
    answer = { ...answer, text: await readBody(response, LARGEST_ANSWER_BYTES) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (answer !== undefined && error instanceof BodyTooLargeError)
      throw unusable(answer, `over ${LARGEST_ANSWER_BYTES} bytes`);
    throw new TokenEndpointUnreachableError({ nowMs, cause: retellError(error, prepared.redact) });
  }
  return readTokenAnswer(answer);
}
