import type { Listen } from '../news-feed.ts';

/** What the store needs of a client. */
export interface RedisCommands {
  evalSha(sha1: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  eval(source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  /**
   * Undefined: this client cannot subscribe beside its other work, nor be duplicated. Its message handler never throws; ending
   * the subscription also ends a connection that was made for it.
   */
  readonly listen?: Listen | undefined;
}

/** The methods of a client, whichever they are. */
export type Methods = Record<string, ((...args: unknown[]) => unknown) | undefined>;

export function hasMethods(client: unknown, ...names: readonly string[]): client is Methods {
  if ((typeof client !== 'object' && typeof client !== 'function') || client === null) return false;
  return names.every((name) => typeof (client as Methods)[name] === 'function');
}

/** Calls, and keeps quiet about how it went: for what is given up anyway. */
export function attempt(call: () => unknown): void {
  try {
    Promise.resolve(call()).catch(() => {});
  } catch {}
}
