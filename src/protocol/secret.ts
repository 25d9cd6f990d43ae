import { checkedString } from '../errors/option-checks.ts';

/**
 * A secret, or a function that reads it afresh for each attempt (a vault, a mounted file). Line breaks at its end are
 * the file's and no part of it; any other white space is.
 */
export type Secret = string | (() => string | Promise<string>);

/**
 * What a function gives is not known before it is asked.
 *
 * @throws {ConfigurationError} it is neither a function nor a text; never quotes it
 */
export function checkSecret(option: string, secret: unknown): void {
  if (typeof secret !== 'function') checkedString(option, typeof secret === 'string' ? withoutEnd(secret) : secret);
}

const withoutEnd = (text: string): string => text.replace(/[\r\n]+$/, '');

/**
 * Reads a secret, a password or a refresh token: all that may hold spaces, but never a line break (RFC 6749 appendix A).
 *
 * @param what what it is, for people
 * @throws {TypeError} it is empty or no text; never quotes it. And what the function itself throws
 */
export async function readSecret(secret: Secret, what: string): Promise<string> {
  const value: unknown = typeof secret === 'function' ? await secret() : secret;
  const text = typeof value === 'string' ? withoutEnd(value) : '';
  if (text !== '') return text;
  throw new TypeError(typeof secret === 'function' ? `the function for ${what} gave no text` : `${what} is empty`);
}

/** Reads an assertion or a bearer token, which holds no white space at all: what is around it is no part of it. */
export async function readToken(token: Secret, what: string): Promise<string> {
  const text = (await readSecret(token, what)).trim();
  if (text === '') throw new TypeError(`${what} is empty`);
  return text;
}
