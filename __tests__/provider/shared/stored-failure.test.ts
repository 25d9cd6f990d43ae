import { describe, expect, it } from '@jest/globals';
import { ScopeNotGrantedError } from '../../../src/errors/scope-not-granted-error.ts';
import { TokenEndpointUnreachableError } from '../../../src/errors/token-endpoint-unreachable-error.ts';
import { TokenRequestRejectedError } from '../../../src/errors/token-request-rejected-error.ts';
import { TokenRequestTimeoutError } from '../../../src/errors/token-request-timeout-error.ts';
import { TokenResponseError } from '../../../src/errors/token-response-error.ts';
import {
  revivedFailure,
  sharedPauseMs,
  storedFailure,
  withSharedPause,
} from '../../../src/provider/shared/stored-failure.ts';
import type { StoredFailure } from '../../../src/store/token-store.ts';

const details = { nowMs: () => 0 };
const refusal = { status: 400, error: 'invalid_scope', errorDescription: 'no such $& scope', errorUri: 'https://e/1' };
const rejected = new TokenRequestRejectedError(refusal, details);
const unusable = new TokenResponseError('not JSON', { status: 502 }, { ...details, retryable: true });
const unreachable = new TokenEndpointUnreachableError(details);
const late = new TokenRequestTimeoutError('attemptTimeoutMs', 700, details);

const travel = (failure: StoredFailure | undefined): StoredFailure => JSON.parse(JSON.stringify(failure));

describe('a failure that travels to another process', () => {
  it.each([
    ['refusal', rejected, TokenRequestRejectedError],
    ['unusable answer', unusable, TokenResponseError],
    ['broken connection', unreachable, TokenEndpointUnreachableError],
    ['late answer', late, TokenRequestTimeoutError],
  ])('is an error of the same kind there: %s', (_kind, error, kind) => {
    const revived = revivedFailure(travel(storedFailure(error, 1_500)), () => 0, 700);
    expect(revived).toBeInstanceOf(kind);
    expect(revived).toMatchObject({ ...error, message: error.message });
    expect(sharedPauseMs(revived)).toBe(1_500);
  });

  it('carries what the server said and nothing else', () => {
    const { code, message } = rejected;
    expect(storedFailure(rejected, 900)).toEqual({ code, message, retryable: false, refusal, pauseMs: 900 });
    expect(storedFailure(unusable, 900)).toEqual({
      code: 'ERR_TOKENFLIGHT_RESPONSE',
      message: unusable.message,
      retryable: true,
      refusal: { status: 502 },
      pauseMs: 900,
    });
    expect(storedFailure(late, 900)).toEqual({
      code: 'ERR_TOKENFLIGHT_TIMEOUT',
      message: late.message,
      retryable: true,
      pauseMs: 900,
    });
  });

  it('reads the same there where only its stack is printed', () => {
    for (const error of [rejected, unusable, unreachable, late]) {
      const revived = revivedFailure(travel(storedFailure(error, 1)), () => 0, 42);
      expect(revived.stack?.split('\n')[0]).toBe(`${error.name}: ${error.message}`);
    }
  });

  it('is as old there as its news', () => {
    let nowMs = 100;
    const revived = revivedFailure(travel(storedFailure(rejected, 1)), () => nowMs, 700);
    nowMs = 350;
    expect(revived.ageMs).toBe(250);
  });

  it('says by its own limit how long a process waits', () => {
    expect(revivedFailure(travel(storedFailure(late, 1)), () => 0, 42)).toMatchObject({ timeoutMs: 42 });
  });

  it.each(['ERR_TOKENFLIGHT_REQUEST_REJECTED', 'ERR_TOKENFLIGHT_RESPONSE'])(
    'has no status where none came with it: %s',
    (code) => {
      const failure = { code, message: 'gone', retryable: false, pauseMs: 1 };
      expect(revivedFailure(failure, () => 0, 700)).toMatchObject({ code, message: 'gone', status: 0 });
    },
  );

  it('is none where it is of this process alone', () => {
    expect(storedFailure(new ScopeNotGrantedError(['a'], details), 1)).toBeUndefined();
    expect(storedFailure(new Error('a mistake'), 1)).toBeUndefined();
    expect(storedFailure(undefined, 1)).toBeUndefined();
  });
});

describe('the pause after a failure', () => {
  it('is known of the errors it was noted with, and of nothing else', () => {
    const error = new Error('of this process');
    expect(sharedPauseMs(error)).toBeUndefined();
    expect(withSharedPause(error, 300)).toBe(error);
    expect(sharedPauseMs(error)).toBe(300);
    for (const thrown of [undefined, null, 'text', 7]) expect(sharedPauseMs(thrown)).toBeUndefined();
  });
});
