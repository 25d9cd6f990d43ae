/**
 * Whether a token may become part of a header: one or more visible ASCII characters (0x21 to 0x7E). Wider than
 * RFC 6750's `b68token`, since real tokens hold `!` and `|`, and still free of anything that could end a header.
 */
export function isHeaderSafe(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}
