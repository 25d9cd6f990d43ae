import type { TokenProviderOptions } from '../../src/provider/provider-options.ts';
import type { FakeClock } from './fake-clock.ts';
import type { PromisedPolicy } from './promised-numbers.ts';

/** The options of a provider with this policy: what the policy does not name is left to its documented default. */
export function providerOptions(
  policy: PromisedPolicy,
  world: {
    readonly scope: string;
    readonly clock: FakeClock;
    readonly transport: NonNullable<TokenProviderOptions['transport']>;
  },
): TokenProviderOptions {
  const { draw, retries, isSecretRotated, secretMs, ...options } = policy;
  let reads = 0;
  const readSecret = (): Promise<string> => {
    const secret = `secret-${++reads}`;
    if (secretMs === 0) return Promise.resolve(secret);
    return new Promise((resolve) => world.clock.after(secretMs, () => resolve(secret)));
  };
  return {
    ...options,
    ...world,
    tokenUrl: 'https://tenant.test/token',
    clientId: 'client',
    clientSecret: isSecretRotated ? readSecret : 'secret',
    retry: { retries },
    random: () => draw,
  };
}
