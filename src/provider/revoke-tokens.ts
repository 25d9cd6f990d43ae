import { RevocationError } from '../errors/revocation-error.ts';
import { revokeToken } from '../protocol/revocation.ts';
import type { AccessToken } from '../values/access-token.ts';
import { withDeadline } from './deadline.ts';
import type { ProviderConfig } from './provider-config.ts';

const AT_A_TIME = 10;

/**
 * Revokes one token within `attemptTimeoutMs`.
 *
 * @throws {RevocationError}
 */
export async function revokeOne({ endpoint, attemptTimeoutMs }: ProviderConfig, token: AccessToken): Promise<void> {
  const timeout = (): Error => new RevocationError(`no answer within ${attemptTimeoutMs} ms`);
  await withDeadline(endpoint.clock, attemptTimeoutMs, undefined, timeout, (signal) =>
    revokeToken(endpoint, token.value, signal),
  );
}

/** Revokes many, a few at a time; one that fails keeps none of the others. */
export async function revokeAll(
  config: ProviderConfig,
  tokens: readonly AccessToken[],
  onSettled: (token: AccessToken, error: unknown) => void,
): Promise<void> {
  const waiting = [...tokens];
  const work = async (): Promise<void> => {
    for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
      const revoked = token;
      await revokeOne(config, revoked).then(
        () => onSettled(revoked, undefined),
        (error: unknown) => onSettled(revoked, error),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}
