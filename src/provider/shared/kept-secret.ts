import type { KeptSecret } from '../../protocol/grant.ts';
import type { StoredToken } from '../../store/token-store.ts';
import { tokenId } from '../../values/digest.ts';

/** A refresh token that nobody has rotated for so long is forgotten. */
export const KEPT_FOR_MS: number = 90 * 24 * 60 * 60 * 1_000;

/** How a secret travels to other processes: in the form of a token. */
export async function storedSecret({ secret, spent }: KeptSecret): Promise<StoredToken> {
  return {
    id: await tokenId(secret),
    value: secret,
    tokenType: 'refresh_token',
    response: { spent },
    lifetimeMs: KEPT_FOR_MS,
    marginMs: 0,
    isForced: false,
  };
}

/** Undefined: a process of ours never put it there. */
export function keptSecret({ value, response }: StoredToken): KeptSecret | undefined {
  const spent = (response as { spent?: unknown } | null)?.spent;
  if (typeof value !== 'string' || !Array.isArray(spent)) return undefined; // a broken store's
  return { secret: value, spent: spent.filter((entry) => typeof entry === 'string') };
}
