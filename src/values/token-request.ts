/** What a token is asked for. Each distinct request is its own cached token with its own flight. */
export interface TokenRequest {
  /** Scopes, as one space-separated string or as a list (RFC 6749 §3.3). Their order does not matter. */
  readonly scope?: string | readonly string[] | undefined;
  /** Whom the token is for, where the server calls it `audience` (Auth0; RFC 8693 §2.1). */
  readonly audience?: string | readonly string[] | undefined;
  /** Whom the token is for, as absolute URIs (RFC 8707 §2). */
  readonly resource?: string | readonly string[] | undefined;
  /** Rich authorization requests (RFC 9396 §2), sent as JSON. */
  readonly authorizationDetails?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Further form parameters, by name. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** A token request in the one form that is sent and keyed: lists sorted and without repeats, details as JSON. */
export interface CanonicalTokenRequest {
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly resources: readonly string[];
  readonly authorizationDetails: string | undefined;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** A copy that nobody else can change. */
export function copyOfTokenRequest(request: TokenRequest): TokenRequest {
  const { authorizationDetails } = request;
  return {
    scope: copied(request.scope),
    audience: copied(request.audience),
    resource: copied(request.resource),
    authorizationDetails: authorizationDetails && JSON.parse(JSON.stringify(authorizationDetails)),
    parameters: { ...request.parameters },
  };
}

/** Fills what a request leaves out from the defaults; `parameters` are filled name by name. */
export function mergeTokenRequests(defaults: TokenRequest, request: TokenRequest | undefined): TokenRequest {
  if (request === undefined) return defaults;
  return {
    scope: request.scope ?? defaults.scope,
    audience: request.audience ?? defaults.audience,
    resource: request.resource ?? defaults.resource,
    authorizationDetails: request.authorizationDetails ?? defaults.authorizationDetails,
    parameters: { ...defaults.parameters, ...request.parameters },
  };
}

export function canonicalTokenRequest(request: TokenRequest): CanonicalTokenRequest {
  return {
    scopes: sortedSet(listed(request.scope).flatMap((scope) => scope.split(' '))),
    audiences: sortedSet(listed(request.audience)),
    resources: sortedSet(listed(request.resource)),
    authorizationDetails: request.authorizationDetails?.length
      ? JSON.stringify(request.authorizationDetails)
      : undefined,
    parameters: sortedEntries(request.parameters),
  };
}

/** What of a request may be shown: not its `authorizationDetails`, nor the values of its free parameters. */
export interface TokenRequestSummary {
  readonly scope?: string;
  readonly audience?: readonly string[];
  readonly resource?: readonly string[];
  readonly parameterNames?: readonly string[];
}

export function summarizeTokenRequest(request: CanonicalTokenRequest): TokenRequestSummary {
  return Object.freeze({
    ...(request.scopes.length > 0 && { scope: request.scopes.join(' ') }),
    ...(request.audiences.length > 0 && { audience: request.audiences }),
    ...(request.resources.length > 0 && { resource: request.resources }),
    ...(request.parameters.length > 0 && { parameterNames: request.parameters.map(([name]) => name) }),
  });
}

// One for all: most lists of most requests are empty, and every cached token keeps its request.
const NONE: readonly never[] = Object.freeze([]);

function listed(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return NONE;
  return typeof value === 'string' ? [value] : value;
}

function copied(value: string | readonly string[] | undefined): string | readonly string[] | undefined {
  return typeof value === 'string' ? value : value?.slice();
}

function sortedSet(values: readonly string[]): readonly string[] {
  if (values.length === 0) return NONE;
  return Object.freeze([...new Set(values.filter((value) => value !== ''))].toSorted()); // events show it as it is
}

function sortedEntries(values: Readonly<Record<string, string>> = {}): readonly (readonly [string, string])[] {
  const entries = Object.entries(values);
  return entries.length === 0 ? NONE : entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
