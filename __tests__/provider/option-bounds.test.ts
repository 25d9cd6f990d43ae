import { describe, expect, it } from '@jest/globals';
import { providerConfig } from '../../src/provider/provider-config.ts';

const good = { tokenUrl: 'https://auth.example/token', clientId: 'client', clientSecret: 'secret' };
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

/** The config with one option set, which may be one within another: `retry.retries`. */
function configWith(option: string, value: number) {
  const [name = '', inner] = option.split('.');
  return providerConfig({ ...good, [name]: inner === undefined ? value : { [inner]: value } });
}

describe('the bounds of a number', () => {
  it.each([
    ['timeoutMs', 1, DAY_MS],
    ['attemptTimeoutMs', 1, DAY_MS],
    ['retry.retries', 0, 100, 'whole'],
    ['retry.minDelayMs', 0, DAY_MS],
    ['refreshWindowMs', 0, YEAR_MS],
    ['refreshJitter', 0, 0.5],
    ['expiryMarginMs', 0, YEAR_MS],
    ['fallbackLifetimeMs', 1, YEAR_MS],
    ['refreshBackoff.minDelayMs', 0, DAY_MS],
    ['coolDown.minDelayMs', 0, DAY_MS],
    ['maxRetryAfterMs', 0, DAY_MS],
    ['forcedRefreshIntervalMs', 0, DAY_MS],
    ['maxTokens', 1, 16_777_216, 'whole'],
  ])('%s: %d to %d', (option, min, max, kind = '') => {
    for (const value of [min, max]) expect(() => configWith(option, value)).not.toThrow();
    const number = kind === 'whole' ? 'a whole number' : 'a number';
    for (const value of [min - 0.001, max + 0.001]) {
      const message = `${option}: must be ${number} from ${min} to ${max}, got ${value}`;
      expect(() => configWith(option, value)).toThrow(expect.objectContaining({ option, message }));
    }
    if (kind === 'whole') expect(() => configWith(option, min + 0.5)).toThrow('whole number');
    else expect(() => configWith(option, min + 0.25)).not.toThrow();
  });

  it('refreshAt: above 0 and below 1', () => {
    for (const value of [0.001, 0.999]) expect(configWith('refreshAt', value).freshness.refreshAt).toBe(value);
    for (const value of [0, 1]) {
      const message = `refreshAt: must be a number above 0 and below 1, got ${value}`;
      expect(() => configWith('refreshAt', value)).toThrow(message);
    }
  });

  it.each(['retry', 'refreshBackoff', 'coolDown'])(
    '%s.maxDelayMs: from minDelayMs, which raises its default',
    (name) => {
      const of = (policy: object): unknown => providerConfig({ ...good, [name]: policy })[name as 'retry'];
      expect(of({ minDelayMs: 60_000 })).toEqual({ minDelayMs: 60_000, maxDelayMs: 60_000 });
      expect(of({ minDelayMs: 7, maxDelayMs: 7 })).toEqual({ minDelayMs: 7, maxDelayMs: 7 });
      expect(of({ maxDelayMs: DAY_MS })).toMatchObject({ maxDelayMs: DAY_MS });
      expect(() => of({ maxDelayMs: DAY_MS + 1 })).toThrow(`${name}.maxDelayMs: must be a number from`);
      expect(() => of({ minDelayMs: 7, maxDelayMs: 6 })).toThrow(`from 7 to ${DAY_MS}, got 6`);
      expect(Object.isFrozen(of({}))).toBe(true);
    },
  );

  it('are those of retries only in retry', () => {
    expect(configWith('retry.retries', 7).retries).toBe(7);
    for (const name of ['refreshBackoff', 'coolDown']) {
      expect(() => configWith(`${name}.retries`, 7)).toThrow(`${name}.retries: is not a known option`);
    }
  });
});

it('every option is taken over as it was given', () => {
  const random = (): number => 0.5;
  const { endpoint, sentRequests, ...config } = providerConfig({
    ...good,
    revocationUrl: 'https://auth.example/revoke',
    scope: 's',
    audience: ['a'],
    resource: 'urn:r',
    authorizationDetails: [{ type: 't' }],
    parameters: { p: '1' },
    timeoutMs: 11,
    attemptTimeoutMs: 12,
    retry: { retries: 13, minDelayMs: 14, maxDelayMs: 15 },
    refreshWindowMs: 16,
    refreshJitter: 0.17,
    expiryMarginMs: 18,
    fallbackLifetimeMs: 19,
    refreshBackoff: { minDelayMs: 20, maxDelayMs: 21 },
    coolDown: { minDelayMs: 22, maxDelayMs: 23 },
    maxRetryAfterMs: 24,
    forcedRefreshIntervalMs: 25,
    maxTokens: 26,
    rejectNarrowerScope: true,
    allowInsecure: true,
    random,
  });
  expect(config).toMatchObject({
    defaults: {
      scope: 's',
      audience: ['a'],
      resource: 'urn:r',
      authorizationDetails: [{ type: 't' }],
      parameters: { p: '1' },
    },
    freshness: { refreshAt: undefined, refreshWindowMs: 16, refreshJitter: 0.17, expiryMarginMs: 18 },
    timeoutMs: 11,
    attemptTimeoutMs: 12,
    retries: 13,
    retry: { minDelayMs: 14, maxDelayMs: 15 },
    refreshBackoff: { minDelayMs: 20, maxDelayMs: 21 },
    coolDown: { minDelayMs: 22, maxDelayMs: 23 },
    maxRetryAfterMs: 24,
    fallbackLifetimeMs: 19,
    forcedRefreshIntervalMs: 25,
    maxTokens: 26,
    rejectNarrowerScope: true,
    random,
  });
  expect(Object.isFrozen(config.freshness)).toBe(true);
});
