import type { StoreNews } from './token-store.ts';

export const storeMethods = ['look', 'extend', 'put', 'release', 'invalidate'] as const;
export type StoreMethod = (typeof storeMethods)[number];

/** What travels between a store and those who use it from elsewhere: data that JSON can say as well. */
export type Envelope =
  | {
      readonly tokenflight: 'ask';
      readonly id: string;
      readonly method: StoreMethod;
      readonly args: readonly unknown[];
    }
  | { readonly tokenflight: 'answer'; readonly id: string; readonly result?: unknown; readonly error?: string }
  | { readonly tokenflight: 'news'; readonly news: StoreNews };

/** Other messages may go the same way: they are none of ours. */
export function isEnvelope(data: unknown): data is Envelope {
  if (typeof data !== 'object' || data === null) return false;
  const { tokenflight, id, args, news } = data as Readonly<Record<string, unknown>>;
  if (tokenflight === 'ask') return typeof id === 'string' && Array.isArray(args);
  if (tokenflight === 'answer') return typeof id === 'string';
  return tokenflight === 'news' && typeof news === 'object' && news !== null;
}
