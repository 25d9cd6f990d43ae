/**
 * Keeps a copy of a request's body while the request itself is being sent, since a `Request` never tells whether its
 * body came from memory or from a stream. Never holds more than `maxBytes`.
 *
 * @returns the copy; `too-large` or `spent` (it could not be read) if there is none. Never rejects.
 */
export async function spareBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | 'too-large' | 'spent'> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    const reader = request.clone().body?.getReader(); // throws if somebody reads the body already
    if (reader === undefined) return new Uint8Array();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      if (!(bytes <= maxBytes)) {
        // Also a chunk that is no bytes, whose length would be no number: sending it fails anyway.
        reader.cancel().catch(() => {});
        return 'too-large';
      }
      chunks.push(value);
    }
  } catch {
    return 'spent';
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
