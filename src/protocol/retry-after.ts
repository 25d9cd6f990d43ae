/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date. A date is held against the answer's own `Date`, so
 * that the two hosts' clocks need not agree. Of a header that came twice, the first counts.
 *
 * @returns milliseconds, 0 for an instant that has passed; undefined where the header is missing or unreadable
 */
export function retryAfterMs(headers: Headers, wallMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const [, seconds] = /^(\d+(?:\.\d+)?)\s*(?:,|$)/.exec(value) ?? [];
  if (seconds !== undefined) return Number(seconds) * 1_000;
  // Date.parse alone finds a date in almost any text; all three forms of RFC 9110 begin with the day and have a time.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)\w*,? .*\d\d:\d\d:\d\d/i.test(value)) return undefined;
  const until = Date.parse(/ \d{4}$/.test(value) ? `${value} GMT` : value); // asctime names no zone and means this one
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(serverNow) ? wallMs : serverNow));
}
