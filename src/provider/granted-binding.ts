import { TokenResponseError } from '../errors/token-response-error.ts';
import type { TokenGrant } from '../protocol/token-answer.ts';
import type { ProviderConfig } from './provider-config.ts';

/** @throws {TokenResponseError} the token is not bound to the key, and `dpop({ required: true })` minds */
export function checkGrantedBinding({ endpoint: { dpop, clock } }: ProviderConfig, { tokenType }: TokenGrant): void {
  if (!dpop?.isRequired || tokenType === 'DPoP') return;
  const nowMs = (): number => clock.monotonicMs();
  throw new TokenResponseError('a token that is not bound to the key (DPoP)', { status: 200 }, { nowMs });
}
