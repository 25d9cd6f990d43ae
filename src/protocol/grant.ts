/** One way to get a token: the form parameters that it adds to a token request. It never touches the transport. */
export interface Grant {
  /** The form's `grant_type`. */
  readonly grantType: string;
  /** Built afresh for each attempt, so that a one-time value is never sent twice. */
  parameters?(): GrantParameters | Promise<GrantParameters>;
}

export type GrantParameters = Readonly<Record<string, string | readonly string[]>>;

/** `client_credentials`: RFC 6749 §4.4. The default. */
export function clientCredentials(): Grant {
  return { grantType: 'client_credentials' };
}

/**
 * Any other `grant_type` with its parameters.
 *
 * @param parameters the further form fields, or a function that makes them for each attempt
 * @example grant('urn:example:params:oauth:grant-type:badge', { badge: '4711' })
 */
export function grant(
  grantType: string,
  parameters: GrantParameters | (() => GrantParameters | Promise<GrantParameters>) = {},
): Grant {
  return { grantType, parameters: typeof parameters === 'function' ? parameters : () => parameters };
}
