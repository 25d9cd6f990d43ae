type Snapshot = <T>(run: () => T) => T;

interface AsyncHooks {
  readonly AsyncLocalStorage?: { snapshot?(): Snapshot };
}

const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } };

/**
 * Runs something in the async context that was there when this file was loaded. A flight serves many callers: the
 * `AsyncLocalStorage` of the one who happened to come first must not be seen by a token request, a transport or a
 * secret function. Where the platform has no such contexts, there is nothing to leave.
 */
export const runDetached: Snapshot =
  (process?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined)?.AsyncLocalStorage?.snapshot?.() ??
  ((run) => run());
