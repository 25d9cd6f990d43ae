import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedObject, checkNames } from '../errors/option-checks.ts';
import { UnsafeTokenError } from '../errors/unsafe-token-error.ts';
import type { AccessToken } from '../values/access-token.ts';
import { isHeaderSafe } from '../values/header-safe.ts';
import type { TokenRequest } from '../values/token-request.ts';
import type { TokenSource } from '../values/token-source.ts';

export interface OAuthBearerOptions {
  /** What the token is asked for. Default: the provider's own defaults. */
  readonly request?: TokenRequest | undefined;
  /**
   * SASL extensions such as `logicalCluster` (KIP-342). Names are ASCII letters other than `auth`, values visible ASCII,
   * spaces and line breaks (RFC 7628 §3.1). Default: none.
   */
  readonly extensions?: Readonly<Record<string, string>> | undefined;
  /** What librdkafka is told of whose token it is; brokers are told by the token itself. Default: `tokenflight`. */
  readonly principal?: string | undefined;
  /**
   * A token with less life left is renewed before it is handed out, in milliseconds, 0 to 2^53-1: brokers end a
   * connection with its token (KIP-368), and kafkajs authenticates again 10 s before that. Default: 30,000.
   */
  readonly minRemainingMs?: number | undefined;
}

/** What kafkajs wants to know (the first and the last), and what `@confluentinc/kafka-javascript` does (all). */
export interface OAuthBearerToken {
  readonly value: string;
  readonly principal: string;
  /** When the token ends, in milliseconds since 1970; in 5 minutes, if that is not known. */
  readonly lifetime: number;
  readonly extensions?: { [name: string]: string };
}

export interface OAuthBearerProvider {
  (): Promise<OAuthBearerToken>;
  /**
   * To be called when a broker has refused to authenticate, which Kafka's clients do not tell the callback: drops the
   * token that was handed out last, so that the next authentication has a newer one. True if it was the current one.
   */
  rejected(): Promise<boolean>;
}

const OPTIONS = new Set(['request', 'extensions', 'principal', 'minRemainingMs']);
const UNKNOWN_LIFETIME_MS = 300_000;

/**
 * The callback of SASL/OAUTHBEARER for `kafkajs` and for the KafkaJS API of `@confluentinc/kafka-javascript`. Rejects
 * with the errors of the token source, which end the authentication.
 *
 * @throws {ConfigurationError} naming the option
 * @example
 * new Kafka({ brokers, ssl: true, sasl: { mechanism: 'oauthbearer', oauthBearerProvider: oauthBearerProvider(tokens) } });
 */
export function oauthBearerProvider(source: TokenSource, options: OAuthBearerOptions = {}): OAuthBearerProvider {
  if (typeof source?.getToken !== 'function' || typeof source.invalidate !== 'function') {
    throw new ConfigurationError('source', 'must be a token source, such as a TokenProvider');
  }
  checkNames('', checkedObject('options', options), OPTIONS);
  const { request, principal = 'tokenflight', minRemainingMs = 30_000 } = options;
  if (typeof principal !== 'string') throw new ConfigurationError('principal', 'must be a string');
  if (!Number.isSafeInteger(minRemainingMs) || minRemainingMs < 0) {
    throw new ConfigurationError('minRemainingMs', 'must be a whole number of milliseconds, 0 or more');
  }
  const extensions = checkedExtensions(options.extensions);
  let last: AccessToken | undefined;

  const provide = async (): Promise<OAuthBearerToken> => {
    const cached = await source.getToken(request);
    const token = remainingMs(cached) < minRemainingMs ? await longerLived(source, request, cached) : cached;
    if (!isHeaderSafe(token.value)) throw new UnsafeTokenError();
    if (token.tokenType.toLowerCase() !== 'bearer') {
      throw new ConfigurationError('source', `must give bearer tokens: OAUTHBEARER has no ${token.tokenType}`);
    }
    last = token;
    const lifetime = Math.floor(Date.now() + remainingMs(token));
    return { value: token.value, principal, lifetime, ...(extensions && { extensions: { ...extensions } }) };
  };
  const rejected = async (): Promise<boolean> => last !== undefined && source.invalidate(last);
  return Object.assign(provide, { rejected });
}

async function longerLived(
  source: TokenSource,
  request: TokenRequest | undefined,
  cached: AccessToken,
): Promise<AccessToken> {
  try {
    return await source.getToken(request, { forceRefresh: true });
  } catch (error) {
    if (remainingMs(cached) > 0) return cached; // better the rest of a good token than an error
    throw error;
  }
}

function remainingMs({ expiresAt }: AccessToken): number {
  const endsMs = expiresAt.getTime();
  return Number.isNaN(endsMs) ? UNKNOWN_LIFETIME_MS : endsMs - Date.now();
}

function checkedExtensions(given: OAuthBearerOptions['extensions']): { [name: string]: string } | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigurationError('extensions', 'must be an object of strings');
  }
  for (const [name, value] of Object.entries(given)) {
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth') {
      throw new ConfigurationError('extensions', 'names must be ASCII letters, and not "auth" (RFC 7628 §3.1)');
    }
    if (typeof value !== 'string' || !/^[\x20-\x7e\t\r\n]*$/.test(value)) {
      throw new ConfigurationError(`extensions.${name}`, 'must be a string of visible ASCII (RFC 7628 §3.1)');
    }
  }
  return { ...given };
}
