import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../src/errors/configuration-error.ts';
import { CredentialUnavailableError } from '../../src/errors/credential-unavailable-error.ts';
import { DiscoveryError } from '../../src/errors/discovery-error.ts';
import { InsecureUrlError } from '../../src/errors/insecure-url-error.ts';
import { isTokenflightError } from '../../src/errors/is-tokenflight-error.ts';
import { OriginNotAllowedError } from '../../src/errors/origin-not-allowed-error.ts';
import { ProviderClosedError } from '../../src/errors/provider-closed-error.ts';
import { RevocationError } from '../../src/errors/revocation-error.ts';
import { ScopeNotGrantedError } from '../../src/errors/scope-not-granted-error.ts';
import { TokenEndpointUnreachableError } from '../../src/errors/token-endpoint-unreachable-error.ts';
import { TokenRequestRejectedError } from '../../src/errors/token-request-rejected-error.ts';
import { TokenRequestTimeoutError } from '../../src/errors/token-request-timeout-error.ts';
import { TokenResponseError } from '../../src/errors/token-response-error.ts';
import {
  TokenflightError,
  type TokenflightErrorCode,
  type TokenflightErrorDetails,
} from '../../src/errors/tokenflight-error.ts';
import { UnsafeTokenError } from '../../src/errors/unsafe-token-error.ts';

const cause = new Error('the cause');
const nowMs = (): number => 0;
const details = { nowMs, cause };

interface Row {
  readonly name: string;
  readonly error: TokenflightError;
  readonly retryable: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly says: readonly string[];
}

// Typed by the codes, so that an error without a row does not compile.
const ERRORS: Readonly<Record<TokenflightErrorCode, Row>> = {
  ERR_TOKENFLIGHT_CONFIGURATION: {
    name: 'ConfigurationError',
    error: new ConfigurationError('retry.maxDelayMs', 'must be a number', cause),
    retryable: false,
    fields: { option: 'retry.maxDelayMs' },
    says: ['retry.maxDelayMs', 'must be a number'],
  },
  ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE: {
    name: 'CredentialUnavailableError',
    error: new CredentialUnavailableError('the secret could not be read', details),
    retryable: true,
    fields: { ageMs: 0 },
    says: ['the secret could not be read'],
  },
  ERR_TOKENFLIGHT_DISCOVERY: {
    name: 'DiscoveryError',
    error: new DiscoveryError('https://issuer.example', details),
    retryable: true,
    fields: { issuer: 'https://issuer.example', ageMs: 0 },
    says: ['https://issuer.example'],
  },
  ERR_TOKENFLIGHT_INSECURE_URL: {
    name: 'InsecureUrlError',
    error: new InsecureUrlError('http://api.example'),
    retryable: false,
    fields: { origin: 'http://api.example' },
    says: ['http://api.example', 'allowInsecure'],
  },
  ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED: {
    name: 'OriginNotAllowedError',
    error: new OriginNotAllowedError('https://other.example'),
    retryable: false,
    fields: { origin: 'https://other.example' },
    says: ['https://other.example', 'origins'],
  },
  ERR_TOKENFLIGHT_PROVIDER_CLOSED: {
    name: 'ProviderClosedError',
    error: new ProviderClosedError(),
    retryable: false,
    fields: {},
    says: ['closed'],
  },
  ERR_TOKENFLIGHT_REQUEST_REJECTED: {
    name: 'TokenRequestRejectedError',
    error: new TokenRequestRejectedError({ status: 400, error: 'invalid_scope', errorDescription: 'no' }, details),
    retryable: false,
    fields: { status: 400, error: 'invalid_scope', errorDescription: 'no', errorUri: undefined, ageMs: 0 },
    says: ['400', 'invalid_scope: no'],
  },
  ERR_TOKENFLIGHT_RESPONSE: {
    name: 'TokenResponseError',
    error: new TokenResponseError('not a JSON object', { status: 502, excerpt: 'Bad Gateway' }, details),
    retryable: false,
    fields: { status: 502, excerpt: 'Bad Gateway', ageMs: 0 },
    says: ['502', 'not a JSON object', 'Bad Gateway'],
  },
  ERR_TOKENFLIGHT_REVOCATION: {
    name: 'RevocationError',
    error: new RevocationError('the server refused', cause),
    retryable: false,
    fields: {},
    says: ['not revoked', 'the server refused'],
  },
  ERR_TOKENFLIGHT_SCOPE_NOT_GRANTED: {
    name: 'ScopeNotGrantedError',
    error: new ScopeNotGrantedError(['files:write'], details),
    retryable: false,
    fields: { missing: ['files:write'], ageMs: 0 },
    says: ['files:write'],
  },
  ERR_TOKENFLIGHT_TIMEOUT: {
    name: 'TokenRequestTimeoutError',
    error: new TokenRequestTimeoutError('attemptTimeoutMs', 10_000, details),
    retryable: true,
    fields: { timeoutMs: 10_000, ageMs: 0 },
    says: ['10000 ms', 'attemptTimeoutMs'],
  },
  ERR_TOKENFLIGHT_UNREACHABLE: {
    name: 'TokenEndpointUnreachableError',
    error: new TokenEndpointUnreachableError(details),
    retryable: true,
    fields: { ageMs: 0 },
    says: ['could not be reached'],
  },
  ERR_TOKENFLIGHT_UNSAFE_TOKEN: {
    name: 'UnsafeTokenError',
    error: new UnsafeTokenError(),
    retryable: false,
    fields: {},
    says: ['visible ASCII'],
  },
};
const rows = Object.entries(ERRORS) as [TokenflightErrorCode, Row][];

describe.each(rows)('%s', (code, { name, error, retryable, fields, says }) => {
  it('carries its stable code and its name', () => {
    expect(error.code).toBe(code);
    expect(error.name).toBe(name);
    expect(error).toBeInstanceOf(TokenflightError);
    expect(error).toBeInstanceOf(Error);
    expect(Object.prototype.toString.call(error)).toBe('[object Error]');
    expect(error.stack?.split('\n')[0]).toContain(error.message);
  });

  it('is recognised by its code only', () => {
    expect(isTokenflightError(error)).toBe(true);
    expect(rows.map(([other]) => other).filter((other) => isTokenflightError(error, other))).toEqual([code]);
  });

  it(`is ${retryable ? 'worth' : 'not worth'} a further try as it stands`, () => {
    expect(error.retryable).toBe(retryable);
  });

  it('says what happened, to programs and to people', () => {
    expect(error).toMatchObject(fields);
    for (const part of says) expect(error.message).toContain(part);
    expect(String(error)).toBe(`${name}: ${error.message}`);
  });

  it('shows neither brand nor clock where it is printed', () => {
    expect(inspect(error, { depth: null })).not.toMatch(/tokenflight\.error|nowMs|failedAt/);
    expect(Object.keys(error)).not.toContain('name');
    expect(Reflect.ownKeys(error).filter((key) => typeof key === 'symbol')).toEqual([]);
  });
});

describe('the cause', () => {
  it.each(rows.filter(([, { error }]) => 'cause' in error))('is kept by %s', (_, { error }) => {
    expect(error.cause).toBe(cause);
    expect(Object.keys(error)).not.toContain('cause');
  });

  it('is no property at all where there is none', () => {
    expect('cause' in new ConfigurationError('scope', 'is required')).toBe(false);
    expect('cause' in new ProviderClosedError()).toBe(false);
  });
});

describe('two installed copies of the package', () => {
  interface Copy {
    readonly brand: symbol;
    readonly TokenflightError: abstract new (message: string, details?: TokenflightErrorDetails) => TokenflightError;
  }
  const secondCopy = async (): Promise<Copy> => {
    const specifier = '../../src/errors/tokenflight-error.ts?second-copy';
    return (await import(specifier)) as Copy;
  };

  it("recognise each other's errors, which instanceof does not", async () => {
    const copy = await secondCopy();
    class Foreign extends copy.TokenflightError {
      readonly code = 'ERR_TOKENFLIGHT_TIMEOUT';
    }
    const foreign = new Foreign('from the other copy');
    expect(foreign).not.toBeInstanceOf(TokenflightError);
    expect(isTokenflightError(foreign)).toBe(true);
    expect(isTokenflightError(foreign, 'ERR_TOKENFLIGHT_TIMEOUT')).toBe(true);
    expect(isTokenflightError(foreign, 'ERR_TOKENFLIGHT_RESPONSE')).toBe(false);
    expect(new ProviderClosedError()).not.toBeInstanceOf(copy.TokenflightError);
    expect(copy.brand in new ProviderClosedError()).toBe(true);
  });
});

describe('what is no error of this package', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'ERR_TOKENFLIGHT_TIMEOUT'],
    ['a plain error', new Error('x')],
    ['an error that only borrows a code', Object.assign(new Error('x'), { code: 'ERR_TOKENFLIGHT_TIMEOUT' })],
    ['a copy of fields', { ...new ProviderClosedError() }],
    ['a function', () => {}],
  ])('%s', (_, value) => {
    expect(isTokenflightError(value)).toBe(false);
    expect(isTokenflightError(value, 'ERR_TOKENFLIGHT_TIMEOUT')).toBe(false);
  });
});
