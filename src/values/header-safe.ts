/**
 * Whether a token, or its type, may become part of a header: text of one or more visible ASCII characters (0x21 to
 * 0x7E). Wider than RFC 6750's `b68token`, since real tokens hold `!` and `|`, and still free of anything that could end
 * a header.
 */
export function isHeaderSafe(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}
