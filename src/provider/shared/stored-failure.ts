import type { AcquisitionErrorDetails, TokenAcquisitionError } from '../../errors/token-acquisition-error.ts';
import { TokenEndpointUnreachableError } from '../../errors/token-endpoint-unreachable-error.ts';
import { TokenRequestRejectedError } from '../../errors/token-request-rejected-error.ts';
import { TokenRequestTimeoutError } from '../../errors/token-request-timeout-error.ts';
import { TokenResponseError } from '../../errors/token-response-error.ts';
import type { StoredFailure } from '../../store/token-store.ts';

const pauses = new WeakMap<object, number>();

/** Until when all processes that share a token leave the token endpoint alone after this failure: so long from when it was thrown. */
export function sharedPauseMs(error: unknown): number | undefined {
  return pauses.get(error as object); // what is no object was never put there
}

/** Remembers with an error how long the processes pause after it. */
export function withSharedPause<T extends object>(error: T, pauseMs: number): T {
  pauses.set(error, pauseMs);
  return error;
}

/** How a failure travels to other processes; undefined if it says nothing about what they would meet. */
export function storedFailure(error: unknown, pauseMs: number): StoredFailure | undefined {
  if (error instanceof TokenRequestRejectedError) {
    const { code, message, retryable, status, error: name, errorDescription, errorUri } = error;
    return { code, message, retryable, refusal: { status, error: name, errorDescription, errorUri }, pauseMs };
  }
  if (error instanceof TokenResponseError) {
    const { code, message, retryable, status } = error;
    return { code, message, retryable, refusal: { status }, pauseMs };
  }
  if (error instanceof TokenEndpointUnreachableError || error instanceof TokenRequestTimeoutError) {
    const { code, message, retryable } = error;
    return { code, message, retryable, pauseMs };
  }
  return undefined;
}

/** An error of the same kind as the one that another process met. */
export function revivedFailure(
  failure: StoredFailure,
  nowMs: () => number,
  attemptTimeoutMs: number,
): TokenAcquisitionError {
  const { code, message, retryable, refusal = { status: 0 }, pauseMs } = failure;
  const error = errorOf(code, refusal, { nowMs, retryable }, attemptTimeoutMs);
  const { message: own, stack } = error;
  error.message = message;
  if (stack !== undefined) error.stack = stack.replace(own, () => message); // loggers print the stack
  return withSharedPause(error, pauseMs);
}

function errorOf(
  code: string,
  refusal: NonNullable<StoredFailure['refusal']>,
  details: AcquisitionErrorDetails,
  attemptTimeoutMs: number,
): TokenAcquisitionError {
  switch (code) {
    case 'ERR_TOKENFLIGHT_REQUEST_REJECTED':
      return new TokenRequestRejectedError(refusal, details);
    case 'ERR_TOKENFLIGHT_RESPONSE':
      return new TokenResponseError('', { status: refusal.status }, details);
    case 'ERR_TOKENFLIGHT_TIMEOUT':
      return new TokenRequestTimeoutError('attemptTimeoutMs', attemptTimeoutMs, details);
    default:
      return new TokenEndpointUnreachableError(details);
  }
}
