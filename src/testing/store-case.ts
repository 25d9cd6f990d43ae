import type { StoreAnswer, StoreAsk, StoredFailure, StoredToken, TokenStore } from '../store/token-store.ts';

/** One place that is shared, as two or more processes see it. */
export interface StorePlace {
  /** At least two, each of its own connection: what one does the others find. */
  readonly handles: readonly TokenStore[];
  /** Lets at least so many milliseconds pass by the clock of the place; with a real server, by waiting. Never above 500. */
  advance(ms: number): Promise<void>;
  /** Resolves when every subscription made so far is in effect. Default: they are at once. */
  subscribed?(): Promise<void>;
  /** Called after each test. */
  close?(): Promise<void>;
}

/** A place with a key that nobody used before. */
export interface Scene extends Pick<StorePlace, 'advance'> {
  readonly key: string;
  readonly ours: TokenStore;
  readonly theirs: TokenStore;
  readonly handles: readonly TokenStore[];
  subscribed(): Promise<void>;
  /** A look by `ours` that says who asks, and for how long. */
  look(owner: string, ask?: Partial<StoreAsk>, store?: TokenStore): Promise<StoreAnswer>;
  /** Takes the lease whatever is there, and puts a token. */
  put(token?: StoredToken, remainingMs?: number): Promise<void>;
}

export type StoreCase = readonly [name: string, run: (scene: Scene) => Promise<void>];

export const LEASE_MS = 60_000;
export const LIFETIME_MS = 600_000;
/** A clock of another machine may tick this much coarser than ours. */
export const TICK_MS = 5;

export const aToken: StoredToken = {
  id: 'the-first',
  value: 'value-of-the-first',
  tokenType: 'Bearer',
  response: {},
  lifetimeMs: LIFETIME_MS,
  marginMs: 60_000,
  isForced: false,
};
export const aFailure: StoredFailure = { code: 'ERR_A', message: 'why', retryable: true, pauseMs: 100_000 };

export function sceneOf(place: StorePlace): Scene {
  const [ours, theirs] = place.handles;
  if (ours === undefined || theirs === undefined) throw new TypeError('makeStores has to give two handles or more');
  const key = newKey();
  const look: Scene['look'] = (owner, ask, store = ours) => store.look(key, { owner, leaseMs: LEASE_MS, ...ask });
  return {
    key,
    ours,
    theirs,
    handles: place.handles,
    look,
    advance: (ms) => place.advance(ms),
    subscribed: async () => place.subscribed?.(),
    async put(token = aToken, remainingMs = token.lifetimeMs) {
      expectLease(await look('who-puts', { always: true }), 'held');
      expectEqual(await ours.put(key, 'who-puts', token, remainingMs), true, 'put by the holder of the lease');
    },
  };
}

/** As keys are: 256 bits in base64url. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Compares plain data. A member that is undefined equals one that is missing. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [inOrder(actual), inOrder(expected)];
  if (got !== wanted) throw new Error(`${what}: expected ${shortened(wanted)}, got ${shortened(got)}`);
}

export function expectBetween(actual: number | undefined, least: number, most: number, what: string): void {
  if (actual !== undefined && actual >= least && actual <= most) return;
  throw new Error(`${what}: expected ${least} to ${most}, got ${actual}`);
}

/** What a look says of the lease; `busy`: another holds it. */
export function expectLease({ lease }: StoreAnswer, expected: 'held' | 'busy' | undefined): void {
  const got = typeof lease === 'object' ? 'busy' : lease;
  expectEqual(got, expected, 'lease');
  if (typeof lease === 'object') {
    expectBetween(lease.remainingMs, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 'remaining time of the lease');
  }
}

const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  ) ?? 'undefined';

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
