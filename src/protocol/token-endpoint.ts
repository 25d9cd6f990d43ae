import { ConfigurationError } from '../errors/configuration-error.ts';
import { CredentialUnavailableError } from '../errors/credential-unavailable-error.ts';
import { isTokenflightError } from '../errors/is-tokenflight-error.ts';
import { TokenEndpointUnreachableError } from '../errors/token-endpoint-unreachable-error.ts';
import type { Clock } from '../values/clock.ts';
import type { CanonicalTokenRequest } from '../values/token-request.ts';
import type { ServerSource } from './authorization-server.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import type { DpopProver } from './dpop.ts';
import { plainWords } from './excerpt.ts';
import type { Grant, GrantParameters, GrantSubject } from './grant.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';
import { type Redactor, redactorFor, retellError } from './redaction.ts';
import { readGrantedMembers, readTokenAnswer, type TokenAnswer, type TokenGrant, unusable } from './token-answer.ts';
import type { Transport } from './transport.ts';

/** Largest answer that is read, in bytes: 1 MiB. */
export const LARGEST_ANSWER_BYTES = 1_048_576;

/** Everything about a token endpoint that does not change from request to request. */
export interface TokenEndpoint {
  readonly server: ServerSource;
  readonly clientAuthentication: ClientAuthentication;
  readonly grant: Grant;
  readonly dpop: DpopProver | undefined;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Its tokens are bound to the certificate of the connection (RFC 8705 §3). Default: false. */
  readonly certificateBoundTokens?: boolean;
}

/** A token request with its one-time parts made, ready to be sent once. */
export interface PreparedRequest {
  readonly url: URL;
  readonly body: string;
  readonly headers: Headers;
  readonly redact: Redactor;
}

/**
 * Writes the form and the credentials of one attempt (RFC 6749 §4.4.2 and §2.3), with a proof of possession where
 * tokens are to be bound (RFC 9449 §5).
 *
 * @param subject the form parameters of the one for whom the token is
 * @throws {CredentialUnavailableError} a function of the user's, for a secret or a grant parameter, failed
 * @throws {ConfigurationError} an option that shows only now that it will not do
 */
export async function prepareTokenRequest(
  endpoint: TokenEndpoint,
  request: CanonicalTokenRequest,
  subject: GrantParameters = {},
): Promise<PreparedRequest> {
  const server = await endpoint.server.get();
  const { clientAuthentication, grant, dpop, clock } = endpoint;
  const body = new URLSearchParams([['grant_type', grant.grantType]]);
  const headers = new Headers({ accept: 'application/json' });
  if (request.scopes.length > 0) body.set('scope', request.scopes.join(' '));
  for (const audience of request.audiences) body.append('audience', audience);
  for (const resource of request.resources) body.append('resource', resource);
  if (request.authorizationDetails !== undefined) body.set('authorization_details', request.authorizationDetails);
  for (const [name, value] of request.parameters) body.append(name, value);
  try {
    for (const [name, values] of Object.entries({ ...(await grant.parameters?.(request)), ...subject })) {
      body.delete(name);
      for (const value of typeof values === 'string' ? [values] : values) body.append(name, value);
    }
    await clientAuthentication.authenticate(server, body, headers);
    if (dpop) headers.set('dpop', await dpop.prove(server.tokenUrl, 'POST'));
  } catch (error) {
    if (isTokenflightError(error, 'ERR_TOKENFLIGHT_CONFIGURATION')) throw error; // no later attempt will do better
    throw unavailable(
      'the client credential or a grant parameter could not be read',
      error,
      redactorFor(body, headers, server.tokenUrl),
      clock,
    );
  }
  headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  return { url: server.tokenUrl, body: body.toString(), headers, redact: redactorFor(body, headers, server.tokenUrl) };
}

/**
 * Asks the grant for whom a token is.
 *
 * @throws {CredentialUnavailableError} a function of the user's failed
 * @throws {ConfigurationError} it does not tell subjects apart: one would get the token of another
 */
export async function readSubject({ grant, clock }: TokenEndpoint): Promise<GrantSubject | undefined> {
  if (grant.subject === undefined) return undefined;
  let subject: Partial<GrantSubject> | undefined | null; // from callers without types
  try {
    subject = await grant.subject();
  } catch (error) {
    throw unavailable('the subject of the grant could not be read', error, (text) => text, clock);
  }
  if (typeof subject?.digest === 'string' && subject.digest !== '') return subject as GrantSubject;
  throw new ConfigurationError('grant.subject', 'must give a "digest" that is not empty');
}

/** A failure of what the user's own code does for a token request. */
export function unavailable(
  problem: string,
  error: unknown,
  redact: Redactor,
  clock: Clock,
): CredentialUnavailableError {
  return new CredentialUnavailableError(problem, {
    nowMs: () => clock.monotonicMs(),
    // What was being read is not known here, and parsers quote what they choke on: only plain words are retold.
    cause: retellError(error, redact, (message) => plainWords(redact(message))),
  });
}

/**
 * Makes one `POST` to the token endpoint. This is the only place where a token request leaves. The grant is told of an
 * answer before it is judged: a refresh token in it is good, even if the access token is not.
 *
 * @param signal ends the request; its reason is thrown as it is
 * @throws {TokenEndpointUnreachableError} no whole answer came
 * @throws {CredentialUnavailableError} the grant failed to keep what it was told
 * @throws {TokenRequestRejectedError | TokenResponseError} see {@link readTokenAnswer}
 */
export async function sendTokenRequest(
  endpoint: TokenEndpoint,
  prepared: PreparedRequest,
  signal: AbortSignal,
): Promise<TokenGrant> {
  const { clock, dpop, grant } = endpoint;
  signal.throwIfAborted(); // a transport may ignore its signal, and what was prepared may be good for one request only
  const nowMs = (): number => clock.monotonicMs();
  let answer: TokenAnswer | undefined;
  try {
    const response = await endpoint.transport(prepared.url.href, {
      method: 'POST',
      headers: prepared.headers,
      body: prepared.body,
      redirect: 'manual',
      signal,
    });
    const { status, headers } = response;
    dpop?.remember(prepared.url, headers.get('dpop-nonce'));
    answer = { status, headers, dpop, text: '', redact: prepared.redact, nowMs, wallMs: clock.wallMs() };
    answer = { ...answer, text: await readBody(response, LARGEST_ANSWER_BYTES) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (answer !== undefined && error instanceof BodyTooLargeError)
      throw unusable(answer, `over ${LARGEST_ANSWER_BYTES} bytes`);
    throw new TokenEndpointUnreachableError({ nowMs, cause: retellError(error, prepared.redact) });
  }
  if (grant.granted) {
    const members = readGrantedMembers(answer);
    try {
      await grant.granted(members);
    } catch (error) {
      throw unavailable('what the grant keeps of an answer could not be kept', error, prepared.redact, clock);
    }
  }
  return readTokenAnswer(answer);
}
