import { checkedString, checkOptions, ifGiven } from '../errors/option-checks.ts';
import { sha256Base64Url } from '../values/digest.ts';
import type { Grant } from './grant.ts';
import { checkSecret, readToken, type Secret } from './secret.ts';

export interface TokenExchangeOptions {
  /** The token of the party on whose behalf the new one is asked for. A function is asked at each call, in its context. */
  readonly subjectToken: Secret;
  /** Default: `urn:ietf:params:oauth:token-type:access_token`. */
  readonly subjectTokenType?: string | undefined;
  /** The token of the party that acts for the subject (delegation). */
  readonly actorToken?: Secret | undefined;
  /** Default, with an actor token: `urn:ietf:params:oauth:token-type:access_token`. */
  readonly actorTokenType?: string | undefined;
  readonly requestedTokenType?: string | undefined;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a token in exchange for another. Each subject (and actor)
 * is a cached token of its own, so that one provider serves all users of a service.
 *
 * @throws {ConfigurationError} naming the option that will not do
 * @example tokenExchange({ subjectToken: () => currentUser().accessToken })
 */
export function tokenExchange(options: TokenExchangeOptions): Grant {
  checkOptions(options, 'subjectToken', 'subjectTokenType', 'actorToken', 'actorTokenType', 'requestedTokenType');
  const { subjectToken, subjectTokenType = ACCESS_TOKEN, actorToken, actorTokenType = ACCESS_TOKEN } = options;
  const { requestedTokenType } = options;
  checkSecret('subjectToken', subjectToken);
  checkedString('subjectTokenType', subjectTokenType);
  ifGiven('actorToken', actorToken, checkSecret);
  checkedString('actorTokenType', actorTokenType);
  ifGiven('requestedTokenType', requestedTokenType, checkedString);
  return {
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    async subject() {
      const subject = await readToken(subjectToken, 'the subject token');
      const actor = actorToken === undefined ? undefined : await readToken(actorToken, 'the actor token');
      const parameters = {
        subject_token: subject,
        subject_token_type: subjectTokenType,
        ...(actor !== undefined && { actor_token: actor, actor_token_type: actorTokenType }),
        ...(requestedTokenType !== undefined && { requested_token_type: requestedTokenType }),
      };
      return { digest: await sha256Base64Url(JSON.stringify(parameters)), parameters };
    },
  };
}
