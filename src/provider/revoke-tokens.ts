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
export async function revokeOne(
  { endpoint, attemptTimeoutMs }: ProviderConfig,
  token: AccessToken,
  onTimeout: (error: Error) => void = () => {},
): Promise<void> {
  const timeout = (): Error => {
    const error = new RevocationError(`no answer within ${attemptTimeoutMs} ms`);
    onTimeout(error);
    return error;
  };
  await withDeadline(endpoint.clock, attemptTimeoutMs, undefined, timeout, (signal) =>
    revokeToken(endpoint, token.value, signal),
  );
}

/**
 * Revokes many, a few at a time. One that is refused keeps none of the others; once one has had no answer in time, those
 * whose turn has not come fail with it: thousands of them would keep who waits for hours.
 */
export async function revokeAll(
  config: ProviderConfig,
  tokens: readonly AccessToken[],
  onSettled: (token: AccessToken, error: unknown) => void,
): Promise<void> {
  const waiting = [...tokens];
  let timeout: Error | undefined;
  const revoke = async (token: AccessToken): Promise<void> => {
    if (timeout !== undefined) throw timeout;
    await revokeOne(config, token, (error) => {
      timeout = error;
    });
  };
  const work = async (): Promise<void> => {
    for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
      const revoked = token;
      await revoke(revoked).then(
        () => onSettled(revoked, undefined),
        (error: unknown) => onSettled(revoked, error),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}
