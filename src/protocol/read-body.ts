/** Why a body could not be used. */
export class BodyTooLargeError extends Error {}

/**
 * Reads a body as UTF-8 and stops at `maxBytes`, whatever `Content-Length` says.
 *
 * @throws {BodyTooLargeError} more came than `maxBytes`; the rest was not read
 */
export async function readBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      // Not awaited: a peer that never lets go must not hold the caller.
      reader.cancel().catch(() => {});
      throw new BodyTooLargeError(`over ${maxBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
