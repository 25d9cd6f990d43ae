/** A copy of a body, `too-large`, or `spent`: it could not be read to its end. */
type Copy = Uint8Array<ArrayBuffer> | 'too-large' | 'spent';

/**
 * A copy of a request's body that is made while the request itself is being sent, since a `Request` never tells whether
 * its body came from memory or from a stream. Never holds more than `maxBytes`.
 */
export class SpareBody {
  /** Never rejects. */
  readonly whole: Promise<Copy>;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #isStopped = false;

  constructor(request: Request, maxBytes: number) {
    this.whole = this.#read(request, maxBytes).catch(() => 'spent');
  }

  /** Reads no further. The request still gets all of its body. */
  stop(): void {
    this.#isStopped = true;
    this.#reader?.cancel().catch(() => {});
  }

  async #read(request: Request, maxBytes: number): Promise<Copy> {
    this.#reader = request.clone().body?.getReader(); // throws if somebody reads the body already
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const { done, value } = (await this.#reader?.read()) ?? { done: true };
      if (this.#isStopped) return 'spent';
      if (done) return joined(chunks, bytes);
      bytes += value.byteLength;
      if (!(bytes <= maxBytes)) {
        // Also a chunk that is no bytes, whose length would be no number: sending it fails anyway.
        this.stop();
        return 'too-large';
      }
      chunks.push(value);
    }
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
