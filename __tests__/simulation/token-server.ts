import type { FakeClock } from './fake-clock.ts';
import type { Failure } from './promised-numbers.ts';
import type { Behaviour } from './schedule.ts';

/** What an attempt came to, by the rules of RFC 6749 and of HTTP: not by the engine's reading. */
export type Outcome =
  | {
      readonly kind: 'token';
      readonly value: string;
      readonly lifetimeMs: number | undefined;
      readonly refreshInMs: number | undefined;
    }
  | ({ readonly kind: 'failure' } & Failure);

/** One request as it arrived. */
export interface ServedRequest {
  readonly key: string;
  readonly behaviour: Behaviour;
  /** Its signal was aborted before it left. */
  readonly isDead: boolean;
  readonly sentAt: { readonly monotonicMs: number; readonly wallMs: number };
}

/** Told of everything that passes over the wire, at the moment it does. */
export interface WireObserver {
  sent(request: ServedRequest): void;
  answered(request: ServedRequest, outcome: Outcome): void;
  /** Its signal was aborted before there was an answer. */
  givenUp(request: ServedRequest): void;
  /** The same, though an answer was under way. */
  givenUpLate(request: ServedRequest): void;
}

const LATE_MS = 45_000;

/** A token endpoint that does what the script says, attempt by attempt. Its keys are the scopes that are asked for. */
export class TokenServer {
  readonly #clock: FakeClock;
  readonly #script: readonly Behaviour[];
  #served = 0;

  constructor(clock: FakeClock, script: readonly Behaviour[]) {
    this.#clock = clock;
    this.#script = script;
  }

  /** A fetch-shaped function, of which the observer sees all traffic. */
  transportFor(observer: WireObserver): (url: string, init: RequestInit) => Promise<Response> {
    return (_url, init) => {
      const signal = init.signal as AbortSignal;
      const behaviour = this.#script[this.#served % this.#script.length] as Behaviour;
      const value = `token-${++this.#served}`;
      const key = new URLSearchParams(String(init.body)).get('scope') ?? '';
      const request: ServedRequest = { key, behaviour, isDead: signal.aborted, sentAt: this.#clock.read() };
      let isOver = false;
      signal.addEventListener('abort', () => {
        if (isOver) observer.givenUpLate(request);
        else observer.givenUp(request);
        isOver = true;
      });
      const reach = (): void => {
        if (!isOver) observer.answered(request, outcomeOf(behaviour, value));
        isOver = true;
      };
      observer.sent(request);
      if (behaviour.kind === 'throws') {
        reach();
        throw new TypeError('fetch failed');
      }
      return new Promise((resolve, reject) => {
        const answer = (): void => {
          reach();
          if (behaviour.kind === 'unreachable') reject(new TypeError('fetch failed'));
          else resolve(responseOf(behaviour, value, this.#clock.wallMs()));
        };
        if (behaviour.latencyMs === 0 && behaviour.kind !== 'deaf' && behaviour.kind !== 'hang') return answer();
        let cancel = (): void => {};
        if (behaviour.kind === 'deaf') this.#clock.after(LATE_MS, answer);
        else if (behaviour.kind !== 'hang') cancel = this.#clock.after(behaviour.latencyMs, answer);
        signal.addEventListener('abort', () => {
          cancel();
          if (behaviour.kind !== 'deaf') reject(signal.reason);
        });
      });
    };
  }
}

function outcomeOf(behaviour: Behaviour, value: string): Outcome {
  const { kind, lifetimeS, written, refreshIn } = behaviour;
  if (kind === 'token' || kind === 'deaf') {
    return {
      kind: 'token',
      value,
      lifetimeMs: written === 'missing' ? undefined : lifetimeS * 1_000,
      // Nothing and less is no advice.
      refreshInMs: refreshIn === undefined || refreshIn === 0 ? undefined : refreshIn * lifetimeS * 1_000,
    };
  }
  const isRetryable = ['unavailable', 'throttled', 'unreachable', 'throws', 'cut'].includes(kind);
  const isTold = STATUSES[kind] !== undefined;
  const retryAfterMs = isTold && behaviour.retryAfterS !== undefined ? behaviour.retryAfterS * 1_000 : undefined;
  return { kind: 'failure', retryable: isRetryable, retryAfterMs };
}

const STATUSES: Readonly<Partial<Record<Behaviour['kind'], number>>> = {
  unavailable: 503,
  throttled: 429,
  invalid_client: 401,
  invalid_grant: 400,
};

function responseOf(behaviour: Behaviour, value: string, wallMs: number): Response {
  const { kind } = behaviour;
  const headers = new Headers({ 'content-type': 'application/json' });
  if (STATUSES[kind] !== undefined) writeRetryAfter(headers, behaviour, wallMs);
  return new Response(bodyOf(behaviour, value), { status: STATUSES[kind] ?? 200, headers });
}

/** A date is told by the server's own clock, which is hours off. */
function writeRetryAfter(headers: Headers, { retryAfterS, isDate }: Behaviour, wallMs: number): void {
  if (retryAfterS === undefined) return;
  const serverMs = Math.floor(wallMs / 1_000) * 1_000 + 5 * 3_600_000;
  headers.set('date', new Date(serverMs).toUTCString());
  headers.set('retry-after', isDate ? new Date(serverMs + retryAfterS * 1_000).toUTCString() : String(retryAfterS));
}

function bodyOf(behaviour: Behaviour, value: string): string | ReadableStream<Uint8Array> {
  const { kind, lifetimeS, written, refreshIn } = behaviour;
  if (kind === 'garbage') return '<html>Proxy error</html>';
  if (kind === 'unavailable' || kind === 'throttled') return '';
  if (kind === 'invalid_client' || kind === 'invalid_grant') return JSON.stringify({ error: kind });
  const seconds = kind === 'over' ? 0 : lifetimeS;
  const text = JSON.stringify({
    access_token: value,
    token_type: 'Bearer',
    ...((kind === 'over' || written !== 'missing') && { expires_in: written === 'string' ? String(seconds) : seconds }),
    ...(refreshIn !== undefined && { refresh_in: refreshIn * lifetimeS }),
  });
  return kind === 'cut' ? cutStream(text) : text;
}

function cutStream(text: string): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream({
    pull(controller) {
      if (isFirst) controller.enqueue(new TextEncoder().encode(text.slice(0, 10)));
      else controller.error(new TypeError('terminated'));
      isFirst = false;
    },
  });
}
