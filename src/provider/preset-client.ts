import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkOptions } from '../errors/option-checks.ts';
import type { ClientAuthentication } from '../protocol/client-authentication.ts';
import type { Secret } from '../protocol/secret.ts';

/** The client of a preset: its id and secret, sent as the vendor wants them, or another way to authenticate. */
export type PresetClient =
  | { readonly clientId: string; readonly clientSecret: Secret; readonly clientAuthentication?: undefined }
  | { readonly clientAuthentication: ClientAuthentication };

/**
 * @param own names of the preset's own options
 * @throws {ConfigurationError} an option is not known, a part of the client is missing, or contradicts another
 */
export function authenticated(
  client: PresetClient,
  bySecret: (clientId: string, secret: Secret) => ClientAuthentication,
  ...own: readonly string[]
): { readonly clientAuthentication: ClientAuthentication } {
  checkOptions(client, 'clientId', 'clientSecret', 'clientAuthentication', ...own);
  if (client.clientAuthentication !== undefined) {
    for (const option of ['clientId', 'clientSecret']) {
      if (Reflect.get(client, option) !== undefined) {
        throw new ConfigurationError(option, 'contradicts "clientAuthentication"');
      }
    }
    return { clientAuthentication: client.clientAuthentication };
  }
  return { clientAuthentication: bySecret(client.clientId, client.clientSecret) };
}
