import type { TokenHeaders } from './authoriser.ts';

/** Headers as an object by name, in whatever case the caller wrote them. */
type PlainHeaders = object;

/** Whether the caller set it; null and undefined do not count, false is the caller's word that there shall be none. */
export function hasAuthorization(headers: PlainHeaders | undefined): boolean {
  const values = Object.entries({ ...headers }).filter(([name]) => name.toLowerCase() === 'authorization');
  return values.some(([, value]) => value !== undefined && value !== null);
}

/** A copy with the token, in place of what stood there by the same name. */
export function withToken(headers: PlainHeaders | undefined, carried: TokenHeaders): Record<string, string> {
  const others = Object.entries({ ...headers }).filter(([name]) => !(name.toLowerCase() in carried));
  return { ...Object.fromEntries(others), ...carried };
}
