import type { TokenRequest } from '../../src/values/token-request.ts';

/** What the token server is asked for: the name of a key. Key 0 is what a provider asks for by default. */
export const scopeOf = (key: number): string => `read-${key} write-${key}`;

/** One of the ways to write a request, which must all find the same token. */
export function spell(key: number, spelling: number): TokenRequest | undefined {
  const scope = scopeOf(key);
  const reversed = scope.split(' ').reverse();
  if (spelling === 0) return key === 0 ? undefined : { scope };
  if (spelling === 1) return key === 0 ? {} : { scope: reversed };
  return { scope: reversed.join(' ') };
}
