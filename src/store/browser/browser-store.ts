import { ConfigurationError } from '../../errors/configuration-error.ts';
import { checkedObject, checkedString, checkedTimeoutMs, checkNames } from '../../errors/option-checks.ts';
import { messagePortStore } from '../message-port.ts';
import type { TokenStore } from '../token-store.ts';
import { Member, type Surroundings } from './member.ts';

/** Part of each channel's and lock's name. Counts whenever messages change: only who speaks alike meets. */
const PROTOCOL = 1;
const DEFAULT_TIMEOUT_MS = 1_000;
const KNOWN = new Set(['name', 'timeoutMs']);

/** Options of {@link browserStore}. */
export interface BrowserStoreOptions {
  /** Who shares: contexts of one origin that give the same name. Default: `default`. */
  readonly name?: string | undefined;
  /** Longest time for an answer, in milliseconds, above 0. The provider's `storeTimeoutMs` may end it sooner. Default: 1,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Shares tokens between the pages and workers of one origin, in their memory only: nothing is written to any storage.
 * One of them, the holder of a Web Lock, answers the others through a `BroadcastChannel`; when it goes, another goes on
 * from its own copy. An operation that gets no answer rejects after `timeoutMs`.
 *
 * @throws {ConfigurationError} naming the option, or what the platform lacks: Web Locks need a secure context
 * @example
 * const grant = refreshToken({ refreshToken: token, subject: user });
 * const tokens = new TokenProvider({ issuer, clientAuthentication: none(clientId), grant, store: browserStore() });
 */
export function browserStore(options: BrowserStoreOptions = {}): TokenStore {
  checkNames('', checkedObject('options', options), KNOWN);
  const name = checkedString('name', options.name ?? 'default');
  const timeoutMs = checkedTimeoutMs('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const member = new Member(`tokenflight ${PROTOCOL} ${name}`, timeoutMs, surroundings());
  const store = messagePortStore(member.port, { timeoutMs });
  const enter = (): void => member.enter();
  const leave = (): void => member.leave();
  // A page that stands still must not lead: the others would ask in vain.
  const watch = [
    ['pagehide', leave],
    ['freeze', leave],
    ['pageshow', enter],
    ['resume', enter],
  ] as const;
  const { addEventListener, removeEventListener } = globalThis as Partial<typeof globalThis>;
  for (const [type, act] of watch) addEventListener?.(type, act, true);
  enter();
  return {
    ...store,
    async close() {
      for (const [type, act] of watch) removeEventListener?.(type, act, true);
      leave();
      await store.close();
    },
  };
}

function surroundings(): Surroundings {
  const { navigator, BroadcastChannel, isSecureContext } = globalThis as Partial<typeof globalThis>;
  const locks = navigator?.locks;
  if (!locks?.request) {
    const why = isSecureContext === false ? ': this context is not secure, as those of https and of localhost are' : '';
    throw new ConfigurationError('navigator.locks', `is missing${why}`);
  }
  if (!BroadcastChannel) throw new ConfigurationError('BroadcastChannel', 'is missing');
  return { locks, BroadcastChannel };
}
