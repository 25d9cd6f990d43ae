import type { BearerOptions } from '../../../src/resource/authoriser.ts';
import type { TokenRequest } from '../../../src/values/token-request.ts';
import type { TokenSource } from '../../../src/values/token-source.ts';

/** A body, for the host to be given in its own way. */
export type CallBody =
  | { readonly text: string }
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly formData: FormData }
  | { readonly form: Readonly<Record<string, string>> }
  | { readonly json: unknown }
  | { readonly stream: readonly string[] };

/** One request, in no host's terms. */
export interface Call {
  readonly url: string;
  /** Default: GET, or POST where there is a body. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: CallBody;
  readonly signal?: AbortSignal;
  /** What the token for this one request is asked for. Only where the traits say `takesTokenRequest`. */
  readonly tokenRequest?: TokenRequest;
  /** The host's own option for what a relative `url` begins with. Only where the traits say `hasBaseUrl`. */
  readonly baseUrl?: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A host with the adapter on it. */
export interface Client {
  /** Sends, and reads the answer whatever its status. Rejects as the host rejects. */
  send(call: Call): Promise<Answer>;
  /** Sends, and gives what the host gives, with the body read. */
  answer(call: Call): Promise<unknown>;
  /** Sends, and hands the body on as it comes. */
  stream(call: Call): Promise<AsyncIterable<Uint8Array>>;
}

export interface ClientSettings {
  readonly source: TokenSource;
  readonly options: BearerOptions;
  /** How many times the adapter is put on. Default: once. */
  readonly layers?: number;
  /** Further providers on the same client, asked after the first, in this order. Only where the traits say `takesSeveralProviders`. */
  readonly further?: readonly Pick<ClientSettings, 'source' | 'options'>[];
  /** Have it speak HTTP/2. Only where the traits say `speaksHttp2`. */
  readonly http2?: { readonly certificateAuthority: string };
  /** The host's own retry, without pauses. Default: none. */
  readonly retry?: { readonly limit: number; readonly statuses: readonly number[] };
}

export type MakeClient = (settings: ClientSettings) => Client;

/** In what the hosts differ, so that no case has to ask which one it has. */
export interface HostTraits {
  /** The error with which the host itself answers an abort. */
  isAbortError(error: unknown): boolean;
  /** It can repeat requests by itself. */
  readonly hasOwnRetry: boolean;
  /** What a token is asked for can be said with a single request. Default: false. */
  readonly takesTokenRequest?: boolean;
  /** A cached token is attached without a promise. Default: false. */
  readonly attachesAtOnce?: boolean;
  /** Adapters with different providers can be put on the same client. Default: false. */
  readonly takesSeveralProviders?: boolean;
  /** It has an option for what relative addresses begin with. Default: false. */
  readonly hasBaseUrl?: boolean;
  /** It has an option to speak HTTP/2. Default: false. */
  readonly speaksHttp2?: boolean;
  /** The adapter is told of each redirect, and not only of where they ended. */
  readonly tellsOfRedirects: boolean;
  /** Its errors lead to the request that failed, headers and all, in parts that are printed with `showHidden` only. */
  readonly hidesRequestInErrors: boolean;
  /** The request is the caller's own object, which it gave the headers to. Default: false. */
  readonly ownsRequest?: boolean;
  /** To a proxy with an http address it sends requests for https in clear. Default: false. */
  readonly sendsInClearToProxies?: boolean;
  /** Bodies reach the adapter inside a `Request` only, which does not tell a stream from anything else. Default: false. */
  readonly hidesStreams?: boolean;
  /** A redirect is an answer like any other. Default: false. */
  readonly followsNoRedirects?: boolean;
  /** It opens its sockets without `node:http` and the global `fetch`, which are all that nock can answer for. Default: false. */
  readonly bypassesNock?: boolean;
  /** Of an address with user info it sends neither name nor word. Default: false. */
  readonly dropsUserInfo?: boolean;
}
