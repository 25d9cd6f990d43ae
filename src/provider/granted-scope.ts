import { ScopeNotGrantedError } from '../errors/scope-not-granted-error.ts';
import type { TokenGrant } from '../protocol/token-answer.ts';
import type { ProviderConfig } from './provider-config.ts';
import type { Slot } from './slot.ts';

/** @throws {ScopeNotGrantedError} less was granted than asked for, and the option `rejectNarrowerScope` minds */
export function checkGrantedScope(
  { rejectNarrowerScope, endpoint: { clock } }: ProviderConfig,
  { request }: Slot,
  { scope }: TokenGrant,
): void {
  // RFC 6749 §5.1: a server that names no scope granted what was asked for.
  if (!rejectNarrowerScope || scope === undefined) return;
  const granted = new Set(scope.split(' '));
  const missing = request.scopes.filter((name) => !granted.has(name));
  if (missing.length > 0) throw new ScopeNotGrantedError(missing, { nowMs: () => clock.monotonicMs() });
}
