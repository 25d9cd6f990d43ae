import type { Transport } from '../../src/protocol/transport.ts';

/** One token request as it arrived, waiting for its answer. */
export interface ArrivedRequest {
  readonly url: string;
  readonly form: URLSearchParams;
  readonly headers: Headers;
  readonly signal: AbortSignal;
  /** Answers with a status and a JSON value, or with text as it is. */
  answer(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  /** Answers with a token; without `expires_in` if that is undefined. */
  grant(value: string, expiresIn?: unknown, more?: object): void;
  /** Breaks the connection. */
  fail(error?: unknown): void;
}

type Reaction = (request: ArrivedRequest, number: number) => void;

/** A token endpoint that never leaves the process: each request is answered by the reaction set, or by the test. */
export class ScriptedEndpoint {
  readonly requests: ArrivedRequest[] = [];
  /** What happens to each request as it comes. Default: nothing, the test answers it. */
  reaction: Reaction = () => {};
  #onArrival: ((request: ArrivedRequest) => void)[] = [];

  readonly transport: Transport = (url, init) =>
    new Promise((resolve, reject) => {
      const signal = init.signal as AbortSignal;
      const answer: ArrivedRequest['answer'] = (status, body, headers = {}) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        resolve(new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } }));
      };
      const request: ArrivedRequest = {
        url,
        form: new URLSearchParams(init.body as string),
        headers: new Headers(init.headers),
        signal,
        answer,
        grant: (value, expiresIn, more) =>
          answer(200, { access_token: value, token_type: 'Bearer', expires_in: expiresIn, ...more }),
        fail: (error = new TypeError('fetch failed')) => reject(error),
      };
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.requests.push(request);
      this.reaction(request, this.requests.length);
      this.#onArrival.shift()?.(request);
    });

  /** The next request to arrive after this call. */
  nextRequest(): Promise<ArrivedRequest> {
    return new Promise((resolve) => this.#onArrival.push(resolve));
  }

  /** The request that arrived last. */
  get last(): ArrivedRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('no token request has arrived');
    return request;
  }

  /** Answers every request at once with a token of its own: `token-1`, `token-2`, … */
  grantAll(expiresIn: unknown): void {
    this.reaction = (request, number) => request.grant(`token-${number}`, expiresIn);
  }

  /** Answers every request at once with this status and body. */
  answerAll(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void {
    this.reaction = (request) => request.answer(status, body, headers);
  }
}
