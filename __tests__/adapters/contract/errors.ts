import { inspect } from 'node:util';
import { expect } from '@jest/globals';
import { isTokenflightError } from '../../../src/errors/is-tokenflight-error.ts';
import type { TokenflightError } from '../../../src/errors/tokenflight-error.ts';

/** What the token endpoint says when it is made to refuse. */
export const REFUSED = { status: 400, body: { error: 'invalid_client', error_description: 'no such client' } };

export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  expect(outcome).toHaveProperty('error');
  return (outcome as { error: unknown }).error;
}

/** The error of ours, itself or as a cause. */
export function tokenflightErrorIn(error: unknown): TokenflightError | undefined {
  for (let link = error, depth = 0; depth < 5; depth++) {
    if (isTokenflightError(link)) return link;
    link = (link as { cause?: unknown } | undefined)?.cause;
  }
  return undefined;
}

/** All that a careless log line could show of an error. */
export function printed(error: unknown, showHidden: boolean): string {
  const parts = [inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden }), String(error), json(error)];
  for (let link = error; link instanceof Error; link = link.cause) parts.push(link.stack ?? '', json(link));
  return parts.join('\n');
}

/** What a log line shows of an answer, twice as deep as it does by default: all of it is more than a process can hold. */
export function logged(answer: unknown): string {
  return inspect(answer, { depth: 4 });
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return ''; // circular: it cannot be logged this way
  }
}
