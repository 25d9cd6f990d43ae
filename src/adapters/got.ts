import type {
  AfterResponseHook,
  BeforeRedirectHook,
  BeforeRequestHook,
  ExtendOptions,
  HandlerFunction,
  Options,
  PlainResponse,
  Request,
} from 'got';
import { Authoriser, type BearerOptions, type SentRequest } from '../resource/authoriser.ts';
import { describeBody } from '../resource/sent-body.ts';
import type { AccessToken } from '../values/access-token.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

/** The part of got's options, in whichever of their two types, that is read or written here. */
type RequestOptions = Pick<Options, 'url' | 'method' | 'headers' | 'body'>;

/** What is known of one request, through all its redirects and repetitions. */
interface Attachment {
  /** The header we set last: any other `authorization` is the caller's. */
  header?: string;
  token?: AccessToken;
  isReplay: boolean;
  /** A redirect left the origin: no hop gets a token any more. */
  hasLeft: boolean;
}

/**
 * Options for `got.extend`: each request carries `Authorization: Bearer` with a good token.
 *
 * After a 401 the token is renewed and the request sent again once, if its body is in memory; this does not count as
 * one of got's own retries. An `authorization` header that the caller set is left alone. A redirect to another origin
 * goes on without the token. A stream (`got.stream`) is never sent again; its 401 renews the token for the next request.
 * A failure to get a token ends the request with got's `RequestError`, whose `cause` is the `TokenflightError`.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * const api = got.extend(bearerHooks(tokens, { origins: 'https://tenant.example' }));
 * await api('https://tenant.example/api/v2/users/me').json();
 */
export function bearerHooks(source: TokenSource, options: BearerOptions): ExtendOptions {
  const authoriser = new Authoriser(source, options);
  const attachments = new WeakMap<object, Attachment>();

  const beforeRequest: BeforeRequestHook = async (request) => {
    let attachment = attachments.get(request);
    if (attachment?.hasLeft) return;
    const present = request.headers['authorization'];
    if (present !== undefined && present !== attachment?.header) return;
    if (attachment === undefined) {
      authoriser.check(urlOf(request));
      attachment = { isReplay: false, hasLeft: false };
      attachments.set(request, attachment);
    }
    attach(request, attachment, await authoriser.getToken(request.signal));
  };

  const attach = (request: RequestOptions, attachment: Attachment, token: AccessToken): string => {
    attachment.token = token;
    attachment.header = authoriser.header(token);
    request.headers['authorization'] = attachment.header;
    return attachment.header;
  };

  const beforeRedirect: BeforeRedirectHook = (redirected, response) => {
    const attachment = attachments.get(response.request.options);
    if (attachment === undefined) return;
    attachments.set(redirected, attachment);
    if (urlOf(redirected).origin === urlOf(response.request.options).origin) return;
    attachment.hasLeft = true;
    if (redirected.headers['authorization'] === attachment.header) delete redirected.headers['authorization'];
  };

  const afterResponse: AfterResponseHook = async (response, retry) => {
    const request = response.request.options;
    const attachment = attachments.get(request);
    const sent = attachment && sentRequest(request, attachment);
    if (attachment === undefined || sent === undefined) return response;
    const newer = await authoriser.newerToken(sent, verdictOf(response), request.signal);
    if (newer === undefined) return response;
    attachment.isReplay = true;
    // got skips `beforeRequest` here; the other hooks of the caller must see the second answer as well.
    return retry({ headers: { authorization: attach(request, attachment, newer) }, preserveHooks: true });
  };

  // got calls no `afterResponse` for streams.
  const reportRejectedStream: HandlerFunction = (request, next) => {
    const result = next(request);
    if (!request.isStream) return result;
    const stream = result as Request;
    stream.once('response', (response: PlainResponse) => {
      const attachment = attachments.get(stream.options);
      const sent = attachment && sentRequest(stream.options, attachment, 'spent');
      if (sent) authoriser.newerToken(sent, verdictOf(response)).catch(() => {});
    });
    return result;
  };

  return {
    handlers: [reportRejectedStream],
    hooks: { beforeRequest: [beforeRequest], beforeRedirect: [beforeRedirect], afterResponse: [afterResponse] },
  };
}

function sentRequest(
  request: RequestOptions,
  attachment: Attachment,
  body = describeBody(request.body),
): SentRequest | undefined {
  const { token, isReplay, hasLeft } = attachment;
  if (token === undefined || hasLeft) return undefined;
  return { url: urlOf(request), method: request.method, body, token, isReplay };
}

function verdictOf(response: { statusCode: number; headers: NodeJS.Dict<string | string[]> }): {
  status: number;
  wwwAuthenticate: string | undefined;
} {
  return { status: response.statusCode, wwwAuthenticate: response.headers['www-authenticate']?.toString() };
}

function urlOf(request: RequestOptions): URL {
  return new URL(request.url as string | URL);
}
