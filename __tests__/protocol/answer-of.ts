import type { TokenAnswer } from '../../src/protocol/token-answer.ts';

/** An answer of a token endpoint: a text as it is, anything else as JSON. It arrives at noon by our wall clock. */
export function answerOf(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  redact: TokenAnswer['redact'] = (text) => text,
): TokenAnswer {
  return {
    status,
    headers: new Headers(headers),
    text: typeof body === 'string' ? body : JSON.stringify(body),
    redact,
    nowMs: () => 0,
    wallMs: Date.UTC(2030, 0, 1, 12),
  };
}

/** What a function throws. Throws itself if that throws nothing. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
