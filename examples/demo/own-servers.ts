import { ConfigurationError, TokenProvider, type TokenProviderOptions } from 'tokenflight';
import { type BearerOptions, bearerFetch } from 'tokenflight/fetch';
import { type OwnServers, UsageError } from './arguments.ts';
import type { Site } from './site.ts';

/** @throws {UsageError} naming the argument that tokenflight does not take */
export function ownServers({ url, ...tokens }: OwnServers): Site {
  const bearer = { origins: url.origin, allowInsecure: tokens.allowInsecure };
  checkByTrying(tokens, bearer);
  return {
    description: [
      `authorization server  ${new URL(tokens.tokenUrl).origin}  yours`,
      `resource server       ${url.origin}  yours`,
    ],
    url,
    bearer,
    tokens,
    fixedToken: tokens,
    stop: () => Promise.resolve(),
  };
}

/** tokenflight checks its options when it is set up, and its errors name the option: nothing to check twice. */
function checkByTrying(tokens: TokenProviderOptions, bearer: BearerOptions): void {
  try {
    bearerFetch(new TokenProvider(tokens), bearer);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { option, message } = error;
    const name = option === 'origins' ? 'url' : option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(message.replace(`${option}:`, `--${name}`));
  }
}
