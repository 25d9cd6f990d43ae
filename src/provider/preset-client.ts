import type { ClientAuthentication } from '../protocol/client-authentication.ts';
import type { Secret } from '../protocol/secret.ts';

/** The client of a preset: its id and secret, sent as the vendor wants them, or another way to authenticate. */
export type PresetClient =
  | { readonly clientId: string; readonly clientSecret: Secret; readonly clientAuthentication?: undefined }
  | { readonly clientAuthentication: ClientAuthentication };

export function authenticated(
  client: PresetClient,
  bySecret: (clientId: string, secret: Secret) => ClientAuthentication,
): { readonly clientAuthentication: ClientAuthentication } {
  if (client.clientAuthentication !== undefined) return { clientAuthentication: client.clientAuthentication };
  return { clientAuthentication: bySecret(client.clientId, client.clientSecret) };
}
