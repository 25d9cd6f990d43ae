import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Authoriser, type BearerOptions, type SentRequest } from '../resource/authoriser.ts';
import { describeBody } from '../resource/sent-body.ts';
import { hasHeader, withHeaders } from '../values/header-fields.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';
import { urlOf } from '../values/url-of.ts';

export type { BearerOptions } from '../resource/authoriser.ts';

/** The request that is going to be made. The options for `http.request` will do. */
export interface BearerHeadersRequest {
  /** Default: GET. */
  readonly method?: string | undefined;
  /** The caller's own. An `authorization` among them is left alone. Default: none. */
  readonly headers?: Readonly<OutgoingHttpHeaders> | undefined;
  /** What will be written: a stream is never sent again, nor is more than `replay.maxBodyBytes`. Default: nothing. */
  readonly body?: unknown;
  /** Ends the wait for a token, with its own reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the token for this one request is asked for. What it leaves out, the option `request` fills. */
  readonly tokenRequest?: TokenRequest | undefined;
}

/** As much of an `IncomingMessage` as is read. */
export interface BearerAnswer {
  readonly statusCode?: number | undefined;
  readonly headers: Readonly<IncomingHttpHeaders>;
}

type Sending = SentRequest & { readonly signal: AbortSignal | undefined };

export interface BearerHeaders {
  /**
   * The caller's headers and those that carry a good token, for one request. User info in the address counts as the
   * caller's own authorization.
   *
   * @throws {OriginNotAllowedError | InsecureUrlError} nothing may be sent
   * @throws {TokenflightError} no token can be had
   */
  (url: string | URL, request?: BearerHeadersRequest): Promise<OutgoingHttpHeaders>;
  /**
   * To be asked about each answer. Drops a token that was rejected, and keeps the nonce that an API wants in proofs.
   *
   * @param sent the headers that the request was sent with: the very object that came from here
   * @returns the headers to send the same request again with, once. Undefined: the answer stands.
   */
  again(sent: OutgoingHttpHeaders, answer: BearerAnswer): Promise<OutgoingHttpHeaders | undefined>;
}

/**
 * Headers for callers of `http.request` and `https.request`, or whatever else takes headers.
 *
 * A redirect is a request of its own: ask for its headers anew, with its own address.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * const bearer = bearerHeaders(tokens, { origins: 'https://tenant.example' });
 * https.get(url, { headers: await bearer(url) }, (response) => { … });
 */
export function bearerHeaders(source: TokenSource, options: BearerOptions): BearerHeaders {
  const authoriser = new Authoriser(source, options);
  const sendings = new WeakMap<OutgoingHttpHeaders, Sending>();

  /** @param own what else is to be sent */
  const attach = async (sending: Sending, own: Readonly<OutgoingHttpHeaders>): Promise<OutgoingHttpHeaders> => {
    const { token, url, method } = sending;
    const carried = await authoriser.headers(token, url, method);
    const headers = withHeaders(own, { ...carried }) as OutgoingHttpHeaders;
    sendings.set(headers, sending);
    return headers;
  };

  const bearer = async (address: string | URL, request: BearerHeadersRequest = {}): Promise<OutgoingHttpHeaders> => {
    const { headers = {}, body, signal, tokenRequest } = request;
    const url = urlOf(address); // else Node will refuse it
    const isOwn =
      url === undefined || url.username !== '' || url.password !== '' || hasHeader(headers, 'authorization');
    if (isOwn || !authoriser.admits(url)) return headers as OutgoingHttpHeaders;
    const method = (request.method ?? 'GET').toUpperCase(); // as Node sends it, since a proof of possession names it
    const described = describeBody(body);
    const token = await authoriser.getToken(signal, tokenRequest);
    return attach({ url, method, body: described, token, tokenRequest, isReplay: false, signal }, headers);
  };

  const again: BearerHeaders['again'] = async (sent, { statusCode = 0, headers }) => {
    const sending = sendings.get(sent);
    if (sending === undefined) return undefined; // the authorization was the caller's
    const verdict = {
      status: statusCode,
      wwwAuthenticate: headers['www-authenticate'],
      dpopNonce: headers['dpop-nonce']?.toString(),
    };
    const token = await authoriser.tokenForReplay(sending, verdict, sending.signal);
    if (statusCode === 401) sending.signal?.throwIfAborted();
    return token && attach({ ...sending, token, isReplay: true }, sent);
  };

  return Object.assign(bearer, { again });
}
