import type { ClientRequest } from 'node:http';
import type * as Got from 'got';
import { Authoriser, type BearerOptions, type SentRequest } from '../resource/authoriser.ts';
import { CarriedToken } from '../resource/carried-token.ts';
import { Journey } from '../resource/journey.ts';
import type { SentBody } from '../resource/replay-policy.ts';
import { describeBody, formOf } from '../resource/sent-body.ts';
import { hideRequest } from '../resource/shown-request.ts';
import { verdictOf } from '../resource/verdict.ts';
import type { AccessToken } from '../values/access-token.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

/** The part of got's options, in whichever of their two types, that is read or written here. */
type RequestOptions = Pick<Got.Options, 'url' | 'method' | 'headers' | 'body' | 'context'>;

/** Only what is set: with all of got's options in the type, got would no longer know the type of a body. */
export type BearerHooks = Pick<Got.ExtendOptions, 'handlers' | 'hooks'>;

/** What a single call may put into got's `context`. */
export type BearerContext = {
  /** What the token for it is asked for. What this leaves out, the option `request` fills, and then the provider's own defaults. */
  readonly tokenRequest?: TokenRequest | undefined;
};

/** What is known of one request, through all its redirects and repetitions. got's errors show it: it holds no secret. */
interface Attachment {
  readonly journey: Journey;
  /** What the last hop was sent with. Undefined: it has no token of ours. */
  carried?: CarriedToken | undefined;
  isReplay: boolean;
  /** The token for the replay; in a function, since nothing that prints goes into those. */
  next?: (() => AccessToken) | undefined;
  /** The body as the caller gave it, where got makes a stream of it, which is spent once it was sent. */
  readonly form: (() => FormData) | undefined;
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
export function bearerHooks(source: TokenSource, options: BearerOptions): BearerHooks {
  const authoriser = new Authoriser(source, options);
  // got copies the options for each redirect and each repetition; only the context takes this along.
  const key = Symbol('tokenflight');
  const attachmentOf = (request: RequestOptions): Attachment => {
    const context = request.context as Record<symbol, Attachment>;
    context[key] ??= { journey: new Journey(), isReplay: false, form: formOf(request.body, request.headers) };
    return context[key];
  };

  const handler: Got.HandlerFunction = (request: Got.Options | undefined, next) => {
    if (request === undefined) return next(request as unknown as Got.Options); // got refused its arguments, and says so
    delete request.context[key as unknown as string]; // it may be made from the options of one that is over
    const attachment = attachmentOf(request);
    const result = next(request);
    (result as Got.Request).on('request', (outgoing: ClientRequest) => {
      const objection = attachment.carried?.objection(authoriser);
      attachment.carried?.takeOff();
      hideRequest(result); // itself a stream that leads there, or a promise
      if (objection === undefined) return;
      outgoing.destroy(objection); // nothing of it has left yet
      throw objection; // got makes other errors of a request that is destroyed, by version and protocol
    });
    // Of a stream's 401 got tells by this event, or by an error: it calls no `afterResponse`.
    if (request.isStream) (result as Got.Request).once('response', (response) => void reportStream(response));
    return result;
  };

  const beforeRequest: Got.BeforeRequestHook = async (request) => {
    const attachment = attachmentOf(request);
    const url = new URL(request.url as string | URL);
    const mayCarryToken = attachment.journey.mayCarryToken(url);
    attachment.carried?.takeOff(request); // a copy made before it was sent has it still
    attachment.carried = undefined;
    if (!mayCarryToken || request.headers['authorization'] !== undefined || !authoriser.admits(url)) return;
    const { signal, method, context } = request;
    const ask = [signal, (context as BearerContext).tokenRequest] as const;
    const token = attachment.next?.() ?? authoriser.peekToken(...ask) ?? (await authoriser.getToken(...ask));
    const headers = authoriser.bearerHeaders(token) ?? (await authoriser.headers(token, url, method));
    Object.assign(attachment, { carried: new CarriedToken(token, headers, request, url), next: undefined });
  };

  /** From here on anybody may print it; and not everything that got answers with was a request before. */
  const shown = (response: Got.PlainResponse): Attachment => {
    const attachment = attachmentOf(response.request.options);
    attachment.carried?.takeOff();
    hideRequest(response, response.request);
    return attachment;
  };

  const afterResponse: Got.AfterResponseHook = async (response, retry) => {
    const [request, attachment] = [response.request.options, shown(response)];
    const body = describeBody(request.body);
    const form = body === 'spent' ? attachment.form?.() : undefined;
    const sent = sentRequest(attachment, request, form ? describeBody(form) : body);
    if (sent === undefined) return response;
    const newer = await authoriser.tokenForReplay(sent, verdictOf(response), request.signal);
    if (newer === undefined) return response;
    Object.assign(attachment, { isReplay: true, next: () => newer });
    response.request.retryCount--; // got is to count its own repetitions only
    const { calculateDelay: own } = request.retry;
    return retry({
      preserveHooks: true, // the caller's other hooks must see the second answer as well
      retry: { calculateDelay: (to) => (to.error.name === 'RetryError' ? 1 : (own?.(to) ?? to.computedValue)) },
      ...(form && { body: form, headers: { 'content-type': undefined } }), // there got writes its new boundary
    });
  };

  const reportStream = async (response: Got.PlainResponse): Promise<void> => {
    const sent = sentRequest(shown(response), response.request.options, 'spent');
    if (sent) await authoriser.tokenForReplay(sent, verdictOf(response)).catch(() => {});
  };

  const beforeError: Got.BeforeErrorHook = async (error) => {
    const { options, response } = error;
    if (options) attachmentOf(options).carried?.takeOff();
    if (options?.isStream && response) await reportStream(response);
    return error;
  };

  const hooks = {
    beforeRequest: [beforeRequest],
    afterResponse: [afterResponse],
    beforeRedirect: [(_: unknown, response: Got.PlainResponse) => void shown(response)],
    beforeRetry: [async (error: Parameters<Got.BeforeErrorHook>[0]) => void (await beforeError(error))],
    beforeError: [beforeError],
  };
  return { handlers: [handler], hooks };
}

function sentRequest(
  { carried, isReplay }: Attachment,
  request: RequestOptions,
  body: SentBody,
): SentRequest | undefined {
  const { tokenRequest } = request.context as BearerContext;
  return carried?.sent(request, { body, tokenRequest, isReplay });
}
