export const MASK = '[redacted]';

/**
 * Tells a text with all that the patterns find in it masked. Found is every place of each, also where they overlap: of a
 * secret that repeats itself, or goes on in another, nothing is left over.
 *
 * @param patterns with the flags `g` and `u`
 * @param end where the text that is told ends; what is found may go on beyond it
 */
export function masked(text: string, patterns: readonly RegExp[], end: number = text.length): string {
  const isSecret = new Uint8Array(text.length);
  for (const pattern of patterns) {
    pattern.lastIndex = 0;
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      isSecret.fill(1, found.index, pattern.lastIndex);
      pattern.lastIndex = found.index + ((text.codePointAt(found.index) ?? 0) > 0xffff ? 2 : 1);
    }
  }
  let told = '';
  for (let at = 0; at < Math.min(end, text.length); ) {
    const isMasked = isSecret[at] === 1;
    const next = isSecret.indexOf(isMasked ? 0 : 1, at);
    const stop = next < 0 ? end : Math.min(next, end);
    told += isMasked ? MASK : text.slice(at, stop);
    at = stop;
  }
  return told;
}
