import { hasHeader, withHeaders } from '../values/header-fields.ts';
import type { TokenHeaders } from './authoriser.ts';

/** Headers as an object by name, in whatever case the caller wrote them; what else the object can do does not count. */
type PlainHeaders = object;

/** Whether the caller set it; null and undefined do not count, false is the caller's word that there shall be none. */
export function hasAuthorization(headers: PlainHeaders | undefined): boolean {
  return hasHeader({ ...headers }, 'authorization');
}

/** A copy with the token, in place of what stood there by the same name. */
export function withToken(headers: PlainHeaders | undefined, carried: TokenHeaders): Record<string, string> {
  return withHeaders({ ...headers }, { ...carried }) as Record<string, string>;
}
