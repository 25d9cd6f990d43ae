import type { StoredFailure, StoredToken, TokenStore } from '../../../src/store/token-store.ts';
import type { Decision, KeyState, Operation } from './protocol.ts';

/** Nothing comes to an end by itself. */
export const LONG_MS = 100_000_000;

const token: StoredToken = {
  id: '',
  value: 'the-token',
  tokenType: 'Bearer',
  response: {},
  lifetimeMs: LONG_MS,
  marginMs: 0,
  isForced: false,
};
const failure: StoredFailure = { code: 'ERR_X', message: 'why', retryable: true, pauseMs: LONG_MS };

export const idOf = (request: number): string => `token ${request}`;
export const requestOf = (id: string): number => Number(id.slice(idOf(0).length - 1));

/**
 * Asks a store for what a model calls an operation. What comes to an end by itself is no matter of asking.
 *
 * @param state what the store has under the key
 * @param livesMs how long what comes of it lives
 */
export async function operate(
  store: TokenStore,
  key: string,
  operation: Operation,
  state: KeyState,
  livesMs: number = LONG_MS,
): Promise<Pick<Decision, 'did' | 'told'>> {
  switch (operation.kind) {
    case 'look': {
      const { owner, wants } = operation;
      const unwantedId = wants === 'newer' && state.token !== undefined ? idOf(state.token) : undefined;
      const ask = { owner, leaseMs: livesMs, unwantedId, always: wants === 'lease' };
      const { lease, token: found, failure: told, generation, wasRejected = false } = await store.look(key, ask);
      const request = found && requestOf(found.token.id);
      return {
        did: lease === 'held',
        told: { token: request, generation, wasRejected, hasFailure: told !== undefined },
      };
    }
    case 'extend':
      return { did: await store.extend(key, operation.owner, livesMs) };
    case 'put':
      return { did: await store.put(key, operation.owner, { ...token, id: idOf(operation.request) }, livesMs) };
    case 'release':
      return { did: await store.release(key, operation.owner) };
    case 'fail':
      return { did: await store.release(key, operation.owner, { ...failure, pauseMs: livesMs }) };
    case 'invalidate':
      return { did: await store.invalidate(key, idOf(operation.token), 0) };
    default:
      return { did: true };
  }
}
