import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkNames } from '../errors/option-checks.ts';

/** Which requests are sent again, once, after their token was rejected. */
export interface ReplayOptions {
  /**
   * `any`: all, since a server that answers 401 has not acted on the request (default). `idempotent`: GET, HEAD, PUT,
   * DELETE, OPTIONS, TRACE and QUERY only. `none`: no request; the token is renewed for the next one.
   */
  readonly methods?: 'any' | 'idempotent' | 'none' | undefined;
  /** Larger bodies are not sent again, in bytes, 0 to 2^53-1. Default: 1,048,576. */
  readonly maxBodyBytes?: number | undefined;
}

/** What an adapter knows of a body: its size in bytes, if that is known, or that it is spent. */
export type SentBody = { readonly bytes?: number | undefined } | 'spent' | 'too-large';

const OPTIONS = new Set(['methods', 'maxBodyBytes']);
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']); // RFC 9110 §9.2.2

export class ReplayPolicy {
  readonly maxBodyBytes: number;
  readonly #methods: NonNullable<ReplayOptions['methods']>;

  /** @throws {ConfigurationError} */
  constructor(options: ReplayOptions = {}) {
    // `replay: false` is meant to switch it off, and must not be taken for the defaults.
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw new ConfigurationError('replay', 'must be an object; to switch it off, use { methods: "none" }');
    }
    checkNames('replay', options, OPTIONS);
    const { methods = 'any', maxBodyBytes = 1_048_576 } = options;
    if (methods !== 'any' && methods !== 'idempotent' && methods !== 'none') {
      throw new ConfigurationError('replay.methods', 'must be "any", "idempotent" or "none"');
    }
    if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 0) {
      throw new ConfigurationError('replay.maxBodyBytes', 'must be a whole number of bytes, 0 or more');
    }
    this.#methods = methods;
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * Why a request must not be sent again; undefined if it may.
   *
   * @param wasRedirected the server that redirected it may have acted on it: it must do no harm a second time
   */
  objection(
    method: string,
    body: SentBody,
    wasRedirected = false,
  ): 'method' | 'body-not-replayable' | 'body-too-large' | undefined {
    if (!this.allowsMethod(method) || (wasRedirected && !isIdempotent(method))) return 'method';
    if (body === 'spent') return 'body-not-replayable';
    if (body === 'too-large' || (body.bytes ?? 0) > this.maxBodyBytes) return 'body-too-large';
    return undefined;
  }

  allowsMethod(method: string): boolean {
    return this.#methods === 'any' || (this.#methods === 'idempotent' && isIdempotent(method));
  }
}

function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method.toUpperCase());
}
