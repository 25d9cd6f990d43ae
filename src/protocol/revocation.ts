import { RevocationError } from '../errors/revocation-error.ts';
import { plainWords } from './excerpt.ts';
import { readBody } from './read-body.ts';
import { redactorFor, retellError } from './redaction.ts';
import { readRefusal } from './refusal.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

const LARGEST_ANSWER_BYTES = 65_536;

/**
 * Revokes an access token (RFC 7009 §2.1). A token that the server does not know any more counts as revoked, as §2.2
 * has it.
 *
 * @throws {RevocationError} the server has no revocation endpoint, refused, or could not be reached
 */
export async function revokeToken(endpoint: TokenEndpoint, token: string, signal: AbortSignal): Promise<void> {
  const { url, body, headers } = await prepare(endpoint, token);
  let answer: { readonly status: number; readonly text: string };
  try {
    signal.throwIfAborted();
    const init = { method: 'POST', headers, body: body.toString(), redirect: 'manual', signal } as const;
    const response = await endpoint.transport(url.href, init);
    answer = { status: response.status, text: await readBody(response, LARGEST_ANSWER_BYTES) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new RevocationError('the server could not be asked', retellError(error, redactorFor(body, headers, url)));
  }
  const { status, text } = answer;
  if (status !== 200 && status !== 204) {
    throw new RevocationError(`the server refused (status ${status}${errorNamed(text)})`);
  }
}

async function prepare(
  { server, clientAuthentication }: TokenEndpoint,
  token: string,
): Promise<{ readonly url: URL; readonly body: URLSearchParams; readonly headers: Headers }> {
  const known = await server.get().catch((cause: unknown) => {
    throw new RevocationError('the authorization server is not known', cause);
  });
  const { revocationUrl: url } = known;
  if (url === undefined) throw new RevocationError('no revocation endpoint is known: see "revocationUrl"');
  const body = new URLSearchParams({ token, token_type_hint: 'access_token' });
  const headers = new Headers({ accept: 'application/json' });
  try {
    await clientAuthentication.authenticate(known, body, headers);
  } catch (error) {
    // As for a token request: what was being read is not known, and must not be quoted.
    const redact = redactorFor(body, headers, url);
    const cause = retellError(error, redact, (message) => plainWords(redact(message)));
    throw new RevocationError('the client credential could not be read', cause);
  }
  headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  return { url, body, headers };
}

// Only the registered kind of code is repeated (RFC 6749 §5.2): anything longer might quote the token.
function errorNamed(text: string): string {
  try {
    const { error = '' } = readRefusal(JSON.parse(text) as Record<string, unknown>, 400) ?? {};
    return /^[a-z_]{1,40}$/.test(error) ? `: ${error}` : '';
  } catch {
    return '';
  }
}
