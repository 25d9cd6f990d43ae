import { isTokenflightError } from '../errors/is-tokenflight-error.ts';
import { TokenRequestRejectedError } from '../errors/token-request-rejected-error.ts';
import { TokenResponseError } from '../errors/token-response-error.ts';
import type { Grant, Turn } from '../protocol/grant.ts';
import type { TokenGrant } from '../protocol/token-answer.ts';
import {
  type PreparedRequest,
  prepareTokenRequest,
  sendTokenRequest,
  unavailable,
} from '../protocol/token-endpoint.ts';
import type { EventHub } from '../telemetry/event-hub.ts';
import { elapsedMs, type Instant, readClock } from '../values/clock.ts';
import { unlessAborted } from './deadline.ts';
import type { Flight } from './flight.ts';
import { checkGrantedScope } from './granted-scope.ts';
import type { ProviderConfig } from './provider-config.ts';
import { sharedSecret } from './shared/shared-secret.ts';
import type { StoreAccess } from './shared/store-access.ts';
import type { Slot } from './slot.ts';

/** What a token endpoint granted, and when it was asked. */
export interface Acquisition {
  readonly grant: TokenGrant;
  /** The grant's own, or the fallback. */
  readonly lifetimeMs: number;
  readonly asked: Instant;
  /** Another process got it by force, or because another token was rejected. */
  readonly isForced?: boolean;
}

/**
 * One attempt, as the grant allows: alone where requests must not overlap. Three refusals are answered at once within it,
 * each once: `invalid_client`, if reading the credential again gives another one; `invalid_grant`, if the grant has
 * another one; and `use_dpop_nonce`.
 */
export async function attemptToken(
  config: ProviderConfig,
  slot: Slot,
  signal: AbortSignal,
  events: EventHub,
  access?: StoreAccess,
): Promise<Acquisition> {
  const { endpoint, sentRequests } = config;
  const { grant } = endpoint;
  if (grant.exclusively === undefined) return attemptNow(config, slot, signal, events, (send) => send(signal));
  const request = grant.exclusively(
    async (turn = grant) => {
      let sent: Promise<unknown> | undefined;
      const inTurn = { ...config, endpoint: { ...endpoint, grant: turn } };
      const seeThrough: Sending = (send) => {
        signal.throwIfAborted(); // from here on it is not what ends the request
        const request = sentRequests.seeThrough(send);
        sent = request.catch(() => {});
        return request;
      };
      try {
        // Its turn may come when its time is over, and then nothing may be sent; nor may it hold the turns of others.
        return await unlessAborted(signal, () => attemptNow(inTurn, slot, signal, events, seeThrough));
      } finally {
        await sent; // but what was sent has to end before another may be
      }
    },
    access && sharedSecret(access, slot, signal),
    (run) => beginTurn(config, run),
  );
  return request.catch((error: unknown) => {
    throw isTokenflightError(error)
      ? error
      : unavailable('the grant did not run the token request', error, (text) => text, endpoint.clock);
  });
}

/** A turn is a flight of its own: where the request that began it may die, others must not wait for it for ever. */
function beginTurn<T>({ flights, endpoint: { clock } }: ProviderConfig, run: () => Promise<T>): Turn<T> {
  const begin = (fly: () => Promise<T | undefined>): Flight<T | undefined> =>
    flights.begin({ fly, again: () => begin(async () => undefined), clock });
  const flight = begin(run);
  const over = async (): Promise<void> => void (await flight.wait().catch(() => {}));
  return { result: flight.wait() as Promise<T>, over };
}

/** Runs what sends, with the signal that may end it. */
type Sending = (send: (signal: AbortSignal) => Promise<TokenGrant>) => Promise<TokenGrant>;

async function attemptNow(
  config: ProviderConfig,
  slot: Slot,
  signal: AbortSignal,
  events: EventHub,
  sending: Sending,
): Promise<Acquisition> {
  const { endpoint } = config;
  const prepare = (): Promise<PreparedRequest> => prepareTokenRequest(endpoint, slot.request, slot.subject?.parameters);
  const tell = (type: 'credential-reread' | 'dpop-nonce-used'): void => {
    if (events.isHeard) events.emit({ type, request: slot.summary });
  };
  let mayReread = endpoint.clientAuthentication.rereads;
  let mayUseNonce = endpoint.dpop !== undefined;
  let mayAskGrant = true;
  let prepared = await prepare();
  for (;;) {
    try {
      return await sendOnce(config, slot, prepared, sending);
    } catch (error) {
      if (signal.aborted) throw error; // nobody waits for more, and the grant may be in its next turn
      const refusal = error instanceof TokenRequestRejectedError ? error.error : undefined;
      if (refusal === 'use_dpop_nonce' && mayUseNonce) {
        mayUseNonce = false;
        prepared = await prepare();
        tell('dpop-nonce-used');
      } else if (refusal === 'invalid_client' && mayReread) {
        mayReread = false;
        const reread = await prepare().catch(() => undefined); // the refusal says more than this failure
        if (reread === undefined || hasSameCredential(reread, prepared)) throw error;
        prepared = reread;
        tell('credential-reread');
      } else if (refusal === 'invalid_grant' && mayAskGrant && (await hasAnother(endpoint.grant))) {
        mayAskGrant = false;
        prepared = await prepare();
        tell('credential-reread');
      } else {
        throw error;
      }
    }
  }
}

/** Sends once. A token that is over when it arrives is a failed attempt, not a token. */
async function sendOnce(
  config: ProviderConfig,
  slot: Slot,
  prepared: PreparedRequest,
  sending: Sending,
): Promise<Acquisition> {
  const { endpoint, fallbackLifetimeMs } = config;
  const asked = readClock(endpoint.clock);
  const grant = await sending((signal) => sendTokenRequest(endpoint, prepared, signal));
  const nowMs = (): number => endpoint.clock.monotonicMs();
  checkGrantedScope(config, slot, grant);
  const lifetimeMs = grant.lifetimeMs ?? fallbackLifetimeMs;
  if (elapsedMs(endpoint.clock, asked) < lifetimeMs) return { grant, lifetimeMs, asked };
  throw new TokenResponseError('a token that expired on its way', { status: 200 }, { nowMs, retryable: true });
}

async function hasAnother(grant: Grant): Promise<boolean> {
  try {
    return (await grant.refused?.()) === true;
  } catch {
    return false; // as above
  }
}

function hasSameCredential(one: PreparedRequest, other: PreparedRequest): boolean {
  return one.body === other.body && one.headers.get('authorization') === other.headers.get('authorization');
}
