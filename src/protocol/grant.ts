import { ConfigurationError } from '../errors/configuration-error.ts';
import { checkedObject, checkedString } from '../errors/option-checks.ts';
import type { CanonicalTokenRequest } from '../values/token-request.ts';
import { checkSecret, readSecret, type Secret } from './secret.ts';

/**
 * One way to get a token: the form parameters that it adds to a token request. It never touches the transport.
 */
export interface Grant {
  /** The form's `grant_type`. */
  readonly grantType: string;
  /**
   * What of the grant decides whose tokens it gets, beside the client: part of the key under which processes share a
   * token. Only a digest of it leaves the process. Required with a `store`, unless there is a `subject`.
   */
  readonly identity?: readonly string[];
  /**
   * Built afresh for each attempt, so that a one-time value is never sent twice. A field that the request has too takes
   * its place; an empty list leaves it out.
   */
  parameters?(request: CanonicalTokenRequest): GrantParameters | Promise<GrantParameters>;
  /**
   * Asked at each `getToken`, in the caller's own async context: for whom the token is. Each subject is a cached token
   * of its own, got with the parameters that come with it.
   */
  subject?(): GrantSubject | Promise<GrantSubject>;
  /**
   * Runs one token request, alone. For a grant whose requests must not overlap, such as one with a token that is spent.
   * What was sent is seen through, within `attemptTimeoutMs`, also when nobody waits for it any more.
   *
   * @param request takes the grant as this turn sees it, so that a late answer can be told from a newer one. Default:
   *   the grant itself
   * @param shelf what processes share; undefined where they share nothing
   * @param begin begins a turn, where more than the promise of it tells whether it is over. Default: nothing does
   */
  exclusively?<T>(request: (turn?: Grant) => Promise<T>, shelf?: SecretShelf, begin?: BeginTurn): Promise<T>;
  /** Told of every answer that is no refusal, and awaited before anyone gets a token from it. */
  granted?(answer: Readonly<Record<string, unknown>>): void | Promise<void>;
  /** Told of `invalid_grant`. True: it has something else to offer now, which is sent at once, but only once. */
  refused?(): boolean | Promise<boolean>;
}

export type BeginTurn = <T>(run: () => Promise<T>) => Turn<T>;

/** What runs alone. */
export interface Turn<T> {
  readonly result: Promise<T>;
  /** Resolves when it has ended, or never will: on some platforms it dies with who began it. */
  over(): Promise<void>;
}

/** A place for the newest of the secrets that a grant spends, shared by all processes of the client. */
export interface SecretShelf {
  /** Runs something while no other process does: what is kept there is the newest. */
  hold<T>(run: (kept: KeptSecret | undefined) => Promise<T>): Promise<T>;
  /**
   * Right before something of it is sent.
   *
   * @throws another process may hold it by now: this one slept, say
   */
  confirm(): void;
  /** Keeps another, at once while held. Never rejects: where it cannot be kept, it is in memory until it can. */
  keep(secret: KeptSecret): Promise<void>;
}

export interface KeptSecret {
  readonly secret: string;
  /** Digests of those that led to it, the latest last: by them it is known which secrets it has replaced. */
  readonly spent: readonly string[];
}

export type GrantParameters = Readonly<Record<string, string | readonly string[]>>;

/** Whom a token is for. */
export interface GrantSubject {
  /** Tells subjects apart: a digest, never a token in clear. Part of the cache key. */
  readonly digest: string;
  readonly parameters: GrantParameters;
}

/** `client_credentials`: RFC 6749 §4.4. The default. */
export function clientCredentials(): Grant {
  return { grantType: 'client_credentials', identity: [] };
}

/**
 * Any other `grant_type` with its parameters.
 *
 * @param parameters the further form fields, or a function that makes them for each attempt; with a function, a provider
 * with a `store` needs the grant's `identity` too
 * @throws {ConfigurationError} naming the parameter that is no text and no list of texts
 * @example grant('urn:example:params:oauth:grant-type:badge', { badge: '4711' })
 */
export function grant(grantType: string, parameters: GrantParameters | NonNullable<Grant['parameters']> = {}): Grant {
  checkedString('grantType', grantType);
  if (typeof parameters === 'function') return { grantType, parameters };
  for (const [name, value] of Object.entries(checkedObject('parameters', parameters))) {
    if (![value].flat().every((entry) => typeof entry === 'string')) {
      throw new ConfigurationError(`parameters.${name}`, 'must be a string or an array of strings');
    }
  }
  // Not enumerable, since the parameters may be secret and must not show when a grant is printed.
  return Object.defineProperty({ grantType, parameters: () => parameters } as Grant, 'identity', {
    get: () => [JSON.stringify(Object.entries(parameters).sort())],
  });
}

/** `password` (RFC 6749 §4.3): for servers that offer nothing better. RFC 9700 §2.4 says not to use it. */
export function password(username: string, secret: Secret): Grant {
  checkedString('username', username);
  checkSecret('password', secret);
  return {
    grantType: 'password',
    identity: [username],
    parameters: async () => ({ username, password: await readSecret(secret, 'the password') }),
  };
}
