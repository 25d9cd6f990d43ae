import type { Transport } from '../../src/protocol/transport.ts';

export interface SentRequest {
  readonly url: string;
  readonly form: URLSearchParams;
  readonly headers: Headers;
}

/** A transport that keeps what it carries. */
export interface RecordedTransport {
  readonly sent: SentRequest[];
  readonly transport: Transport;
}

/** @param carry what carries requests in the end. Default: the platform's fetch */
export function recorded(carry: Transport = (url, init) => fetch(url, init)): RecordedTransport {
  const sent: SentRequest[] = [];
  return {
    sent,
    transport: (url, init) => {
      sent.push({ url, form: new URLSearchParams(String(init.body ?? '')), headers: new Headers(init.headers) });
      return carry(url, init);
    },
  };
}
