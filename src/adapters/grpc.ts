import type * as grpc from '@grpc/grpc-js';
import { credentials, InterceptingCall, Metadata, status } from '@grpc/grpc-js';
import { isTokenflightError } from '../errors/is-tokenflight-error.ts';
import type { Authoriser, TokenHeaders } from '../resource/authoriser.ts';
import { type RpcBearerOptions, rpcAuthoriser, rpcUrl } from '../resource/rpc-authoriser.ts';
import type { AccessToken } from '../values/access-token.ts';
import type { TokenSource } from '../values/token-source.ts';

export type { RpcBearerOptions } from '../resource/rpc-authoriser.ts';

/** What grpc-js tells the credentials of a call: one object for all of them, those of interceptors first. */
type CallInfo = Parameters<Parameters<typeof credentials.createFromMetadataGenerator>[0]>[0];
type Attach = (info: CallInfo) => Promise<Partial<TokenHeaders>>;
type Call = ConstructorParameters<typeof InterceptingCall>[0];

/** Calls to which somebody attaches a token already, and whether the channel's credentials have said that it is encrypted. */
const claims = new WeakMap<CallInfo, { readonly isEncrypted: boolean }>();

/**
 * Call credentials that send `authorization: Bearer` with a good token; to be combined with channel credentials, which
 * grpc-js allows for encrypted channels only. Of `origins` the hosts count, as grpc-js does not tell the port; `replay`
 * is for the interceptor. A call without a token ends as UNAVAILABLE if one may be had later, else as UNAUTHENTICATED.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * credentials.combineChannelCredentials(credentials.createSsl(), bearerCredentials(tokens, { origins }));
 */
export function bearerCredentials(source: TokenSource, options: RpcBearerOptions): grpc.CallCredentials {
  const authoriser = rpcAuthoriser(source, options);
  return callCredentials(async (info) => {
    const isClaimed = claims.has(info);
    claims.set(info, { isEncrypted: true });
    const url = rpcUrl(info.service_url, info.method_name, true);
    authoriser.check(url);
    return isClaimed ? {} : authoriser.headers(await authoriser.getToken(), url, 'POST');
  });
}

/**
 * An interceptor that sends `authorization: Bearer` with a good token. After UNAUTHENTICATED the token is renewed, and
 * a unary or server-streaming call of whose answer nothing has come is made once more; leave its message as it is until
 * then. An `authorization` in the metadata of a call is left alone. A call without a token ends as it does with
 * {@link bearerCredentials}, and its error has the `cause`.
 *
 * An interceptor cannot see whether a channel is encrypted: hosts other than loopback get a token only where the channel
 * has `bearerCredentials` as well (one token is sent), or with `allowInsecure`.
 *
 * @throws {ConfigurationError} naming the option
 */
export function bearerInterceptor(source: TokenSource, options: RpcBearerOptions): grpc.Interceptor {
  const authoriser = rpcAuthoriser(source, options);
  return (callOptions, nextCall) => new InterceptingCall(bearerCall(authoriser, callOptions, nextCall));
}

interface Attempt {
  readonly getToken: () => Promise<AccessToken | undefined>;
  readonly earlier?: grpc.StatusObject; // the UNAUTHENTICATED that made it the second one
  sent?: { readonly url: URL; readonly token: AccessToken };
  failure?: unknown;
}

function bearerCall(authoriser: Authoriser, options: grpc.InterceptorOptions, nextCall: grpc.NextCall): Call {
  const { requestStream, responseStream, requestSerialize } = options.method_definition;
  const ended = new AbortController();
  let [metadata, listener]: Parameters<Call['start']> = [new Metadata()];
  let message: unknown;
  let isSpent = requestStream;

  // grpc-js asks for the token once it has a connection, and watches deadline and cancellation meanwhile.
  const prepare = (attempt: Attempt): Call => {
    const attach: Attach = async (info) => {
      const isClaimed = claims.has(info);
      if (!isClaimed) claims.set(info, { isEncrypted: false });
      if (isClaimed || metadata.get('authorization').length > 0) return {};
      await undefined; // all credentials are asked in one go: by now the channel's have spoken as well
      const url = rpcUrl(info.service_url, info.method_name, claims.get(info)?.isEncrypted === true);
      authoriser.check(url);
      const token = await attempt.getToken();
      if (token === undefined) throw attempt.earlier;
      const headers = await authoriser.headers(token, url, 'POST');
      Object.assign(attempt, { sent: { url, token }, failure: undefined });
      return headers;
    };
    const own = callCredentials(attach, (error) => Object.assign(attempt, { failure: error }));
    return nextCall({ ...options, credentials: own.compose(options.credentials ?? credentials.createEmpty()) });
  };
  const begin = (attempt: Attempt): void =>
    call.start(metadata, {
      onReceiveMetadata(received) {
        isSpent = true;
        listener?.onReceiveMetadata?.(received);
      },
      onReceiveMessage: (received) => listener?.onReceiveMessage?.(received),
      onReceiveStatus: (answer) => void conclude(attempt, answer),
    });
  const end = (answer: grpc.StatusObject): void => {
    ended.abort();
    listener?.onReceiveStatus?.(answer);
  };
  const conclude = ({ earlier, sent, failure }: Attempt, answer: grpc.StatusObject): unknown => {
    if (failure) return end(failure === earlier ? earlier : Object.assign(answer, { cause: failure }));
    if (sent === undefined || answer.code !== status.UNAUTHENTICATED) return end(answer);
    const field = (name: string): string => answer.metadata.get(name).join();
    const verdict = { status: 401, wwwAuthenticate: field('www-authenticate'), dpopNonce: field('dpop-nonce') };
    const body = isSpent || message === undefined ? 'spent' : { bytes: requestSerialize(message).length };
    const request = { ...sent, method: 'POST', body, isReplay: earlier !== undefined } as const;
    const newer = authoriser.tokenForReplay(request, verdict, ended.signal);
    if (earlier || authoriser.replay.objection('POST', body)) return newer.then(() => process.nextTick(end, answer));
    const second: Attempt = { earlier: answer, getToken: () => newer };
    try {
      call = prepare(second);
    } catch {
      return end(answer); // the channel was closed meanwhile
    }
    begin(second);
    call.sendMessage(message);
    call.halfClose();
    return responseStream && call.startRead();
  };

  const first: Attempt = { getToken: () => authoriser.getToken(ended.signal) };
  let call = prepare(first);
  return {
    start(given, heard) {
      [metadata, listener] = [given.clone(), heard];
      begin(first);
    },
    sendMessageWithContext(context, sent) {
      message = sent;
      call.sendMessageWithContext(context, sent);
    },
    sendMessage: (sent) => call.sendMessage(sent),
    startRead: () => call.startRead(),
    halfClose: () => call.halfClose(),
    cancelWithStatus: (code, details) => call.cancelWithStatus(code, details),
    getPeer: () => call.getPeer(),
    getAuthContext: () => call.getAuthContext(),
  };
}

function callCredentials(attach: Attach, onFailure?: (error: unknown) => void): grpc.CallCredentials {
  return credentials.createFromMetadataGenerator((info, callback) => {
    const fail = (error: Error): void => {
      onFailure?.(error);
      const code = isTokenflightError(error) && error.retryable ? status.UNAVAILABLE : status.UNAUTHENTICATED;
      callback(Object.assign(new Error(error?.message), { code }));
    };
    attach(info).then((headers) => callback(null, Metadata.fromHttp2Headers({ ...headers })), fail);
  });
}
