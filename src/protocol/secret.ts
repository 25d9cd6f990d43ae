/** A secret, or a function that reads it afresh for each token request (a vault, a mounted file). */
export type Secret = string | (() => string | Promise<string>);

/**
 * Reads a secret.
 *
 * @param what what it is, for people
 * @throws {TypeError} it is empty or no text; never quotes it. And what the function itself throws
 */
export async function readSecret(secret: Secret, what: string): Promise<string> {
  const value: unknown = typeof secret === 'function' ? await secret() : secret;
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(typeof secret === 'function' ? `the function for ${what} gave no text` : `${what} is empty`);
}

/** Reads a token, as {@link readSecret} does, without the white space around it: files end in a line break. */
export async function readToken(token: Secret, what: string): Promise<string> {
  const text = (await readSecret(token, what)).trim();
  if (text === '') throw new TypeError(`${what} is empty`);
  return text;
}
