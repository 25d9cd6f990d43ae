/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date. A date is held against the answer's own `Date`, so
 * that the two hosts' clocks need not agree.
 *
 * @returns milliseconds, 0 for an instant that has passed; undefined where the header is missing or unreadable
 */
export function retryAfterMs(headers: Headers, wallMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const until = Date.parse(value);
  if (Number.isNaN(until) || !/[a-z]/i.test(value)) return undefined;
  const serverNow = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(serverNow) ? wallMs : serverNow));
}
