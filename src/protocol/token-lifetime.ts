/** No lifetime counts as longer, in milliseconds: one year. */
export const LONGEST_LIFETIME_MS: number = 365 * 24 * 60 * 60 * 1_000;

/** `undefined`: the server did not say. `malformed`: it said something that is no duration. */
export type ReportedLifetime = number | undefined | 'malformed';

/**
 * How long a token lives, in milliseconds, as the answer has it: `expires_in` as a number or a string of seconds
 * (RFC 6749 §5.1), or Microsoft's `expires_on`, an instant of the server's clock, read against the server's own
 * `Date` and not used without it, nor where it is over a year away: then it is in milliseconds, or made up. At most
 * {@link LONGEST_LIFETIME_MS}; 0 and below are returned as they are.
 */
export function reportedLifetimeMs(answer: Readonly<Record<string, unknown>>, headers: Headers): ReportedLifetime {
  const expiresIn = secondsIn(answer['expires_in']);
  if (expiresIn !== undefined) return expiresIn === 'malformed' ? expiresIn : toLifetimeMs(expiresIn);
  const expiresOn = secondsIn(answer['expires_on']);
  const serverNowMs = Date.parse(headers.get('date') ?? '');
  if (typeof expiresOn !== 'number' || Number.isNaN(serverNowMs)) return undefined;
  const lifetimeMs = expiresOn * 1_000 - serverNowMs;
  return lifetimeMs > LONGEST_LIFETIME_MS ? undefined : lifetimeMs;
}

/** Microsoft's `refresh_in`: after how many milliseconds the server wants to be asked again. Nonsense is ignored. */
export function reportedRefreshInMs(answer: Readonly<Record<string, unknown>>): number | undefined {
  const refreshIn = secondsIn(answer['refresh_in']);
  return typeof refreshIn === 'number' && refreshIn > 0 ? toLifetimeMs(refreshIn) : undefined;
}

function toLifetimeMs(seconds: number): number {
  return Math.min(seconds * 1_000, LONGEST_LIFETIME_MS);
}

function secondsIn(value: unknown): ReportedLifetime {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value; // JSON has no NaN; 1e999 reads as Infinity and is capped
  if (typeof value !== 'string' || !/^\s*[+-]?\d+(\.\d+)?\s*$/.test(value)) return 'malformed';
  return Number(value);
}
