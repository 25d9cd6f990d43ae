import { providerConfig } from '../../src/provider/provider-config.ts';
import type { TokenProviderOptions } from '../../src/provider/provider-options.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import type { AccessToken } from '../../src/values/access-token.ts';
import { tokenWindows } from '../../src/values/freshness.ts';
import type { FleetProcess, World } from './fleet-process.ts';

/** A process with a real provider. */
export function realProcess({ clock, chance, endpoint, store }: World): FleetProcess {
  const options: TokenProviderOptions = {
    tokenUrl: 'https://auth.example/token',
    clientId: 'fleet',
    clientSecret: 'secret',
    clock,
    random: chance,
    store,
    async transport() {
      const { value, lifetimeMs = 0 } = await endpoint.grant();
      return Response.json({ access_token: value, token_type: 'Bearer', expires_in: lifetimeMs / 1_000 });
    },
  };
  const provider = new TokenProvider(options);
  const policy = providerConfig(options).freshness;
  let token: AccessToken | undefined;
  return {
    async call() {
      token = await provider.getToken();
    },
    restMs() {
      const lifetimeMs = endpoint.lifetimeMs;
      const leftMs = (token?.expiresAt?.getTime() ?? 0) - clock.wallMs();
      const earliestMs = tokenWindows(lifetimeMs, policy, 1).staleAfterMs; // what this one has drawn is not seen
      return Math.max(0, leftMs - (lifetimeMs - earliestMs));
    },
    stop: () => provider.close(),
  };
}
