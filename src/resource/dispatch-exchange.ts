/** What a handler may do to a request under way: undici's `DispatchController`. */
export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  rawHeaders?: unknown;
  rawTrailers?: unknown;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Who is told how a request goes on: undici's `DispatchHandler`. */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: { readonly history?: readonly URL[] } | null): void;
  onResponseStarted?(): void;
  onResponseStart?(controller: DispatchController, status: number, headers: AnswerHeaders, message?: string): void;
  onResponseData?(controller: DispatchController, chunk: Uint8Array): void;
  onResponseEnd?(controller: DispatchController, trailers: AnswerHeaders): void;
  onResponseError?(controller: DispatchController, error: Error): void;
}

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Answer {
  readonly statusCode: number;
  readonly headers: AnswerHeaders;
  /** Where it came from: all addresses that a redirect interceptor below has been to. Empty if there is none. */
  readonly history: readonly URL[];
}

/**
 * Decides what becomes of an answer. Undefined: the handler has it at once. Otherwise the answer is held until it is
 * decided: what it resolves to sends the request again, and nobody hears of this answer.
 */
export type Judge = (answer: Answer) => Promise<(() => void) | undefined> | undefined;

/**
 * One request in the terms of undici's handlers. It may have to wait before it is sent, and may be sent again before its
 * handler has seen an answer; the handler has one controller for all of that.
 */
export class DispatchExchange implements DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: unknown = null;
  rawTrailers: unknown = null;
  readonly #handler: DispatchHandler;
  #isOver = false;
  #ending: AbortController | undefined;
  #sending: DispatchController | undefined;

  constructor(handler: DispatchHandler) {
    this.#handler = handler;
  }

  /** Aborted once the handler is told nothing any more. Made for those who wait: it costs more than all else here. */
  get ending(): AbortSignal {
    this.#ending ??= new AbortController();
    if (this.#isOver) this.#ending.abort();
    return this.#ending.signal;
  }

  #end(): void {
    this.#isOver = true;
    this.#ending?.abort();
  }

  pause(): void {
    this.paused = true;
    this.#sending?.pause();
  }

  resume(): void {
    this.paused = false;
    this.#sending?.resume();
  }

  abort(reason: Error): void {
    this.aborted = true;
    this.reason = reason;
    this.#sending?.abort(reason);
    this.fail(reason); // where nothing is under way that would tell
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#handler.onResponseError?.(this, error as Error);
  }

  /**
   * Has it wait for what it needs before it can be sent. Its handler can abort it meanwhile.
   *
   * @param body that is to be sent: if it is a stream that fails, so does the request
   * @param ready resolves to what sends it
   */
  wait(body: unknown, ready: () => Promise<() => void>): void {
    this.#handler.onRequestStart?.(this, null);
    if (this.#isOver) return;
    const fail = (error: unknown): void => this.fail(error);
    // Nobody else listens yet, and an error event that nobody listens to ends the process.
    const stream = body as Partial<Pick<NodeJS.EventEmitter, 'on' | 'off'>> | null | undefined;
    stream?.on?.('error', fail);
    ready()
      .then((send) => {
        if (!this.#isOver) send();
        stream?.off?.('error', fail);
      })
      .catch(fail);
  }

  /** The handler for one sending of it. */
  handler(judge: Judge): DispatchHandler {
    const told = this.#handler;
    let history: readonly URL[] = [];
    let held: (() => void)[] | undefined;
    let isDropped = false;
    let isDone = false;
    const tell = (event: () => void): void => {
      if (held) held.push(event);
      else if (!isDropped && !this.#isOver) event();
    };
    const release = (sending: DispatchController): void => {
      const events = held ?? [];
      held = undefined;
      for (const event of events) tell(event);
      if (!this.paused) sending.resume();
    };
    const drop = (sending: DispatchController): void => {
      isDropped = true;
      held = undefined;
      this.#sending = undefined;
      sending.resume(); // reads what has arrived: if that is all of it, the connection can be used again
      if (!isDone) sending.abort(new Error('The request is sent again'));
    };
    return {
      onRequestStart: (sending, context) => {
        this.#sending = sending;
        history = context?.history ?? [];
        if (this.#isOver) return sending.abort(this.reason ?? new Error('The request has ended'));
        if (this.paused) sending.pause();
        told.onRequestStart?.(this, context);
      },
      onResponseStarted: () => told.onResponseStarted?.(),
      onResponseStart: (sending, statusCode, headers, message) => {
        const { rawHeaders } = sending;
        const start = (): void => {
          this.rawHeaders = rawHeaders;
          told.onResponseStart?.(this, statusCode, headers, message);
        };
        const judgement = judge({ statusCode, headers, history });
        if (judgement === undefined) return tell(start);
        held = [start];
        sending.pause();
        judgement
          .then((again) => {
            if (again === undefined || this.#isOver) return release(sending);
            drop(sending);
            again();
          })
          .catch((error) => {
            sending.abort(error);
            this.fail(error); // where it is over, and abort does nothing
          });
      },
      onResponseData: (_, chunk) => tell(() => told.onResponseData?.(this, chunk)),
      onResponseEnd: (sending, trailers) => {
        isDone = true;
        tell(() => {
          this.rawTrailers = sending.rawTrailers;
          told.onResponseEnd?.(this, trailers);
          this.#end();
        });
      },
      onResponseError: (_, error) => {
        isDone = true;
        tell(() => this.fail(error));
      },
    };
  }
}
