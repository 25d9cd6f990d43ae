import { describe, expect, it, jest } from '@jest/globals';
import { BodyTooLargeError, readBody } from '../../src/protocol/read-body.ts';

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A body that comes in these chunks and then ends, or goes on for ever. */
function inChunks(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  onCancel = (): unknown => undefined,
  ends = true,
): Response {
  const left = [...chunks];
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (ends) controller.close();
    },
    cancel: onCancel as () => void,
  });
  return new Response(stream);
}

describe('a body', () => {
  it('that is missing or empty reads as nothing', async () => {
    expect(await readBody(new Response(null), 10)).toBe('');
    expect(await readBody(new Response(''), 0)).toBe('');
  });

  it('of exactly the limit is read, one byte more is not', async () => {
    expect(await readBody(new Response('0123456789'), 10)).toBe('0123456789');
    await expect(readBody(new Response('0123456789a'), 10)).rejects.toBeInstanceOf(BodyTooLargeError);
  });

  it('is counted in bytes, not in characters', async () => {
    expect(await readBody(new Response('ää'), 4)).toBe('ää');
    await expect(readBody(new Response('ää'), 3)).rejects.toBeInstanceOf(BodyTooLargeError);
  });

  it('keeps characters whole that are split between chunks', async () => {
    const bytes = bytesOf('a€\u{1f511}ü');
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await readBody(inChunks(single), 100)).toBe('a€\u{1f511}ü');
  });

  it('shows a character that was cut, and bytes that are no UTF-8, as such', async () => {
    expect(await readBody(inChunks([bytesOf('a€').slice(0, 3)]), 100)).toBe('a\ufffd');
    expect(await readBody(inChunks([Uint8Array.of(0x61, 0xff, 0x62)]), 100)).toBe('a\ufffdb');
  });

  it('loses its byte order mark, also when that is split', async () => {
    const bytes = bytesOf('\ufeff{}');
    expect(await readBody(inChunks([bytes.slice(0, 1), bytes.slice(1)]), 100)).toBe('{}');
  });

  it('is held against the limit whatever Content-Length says', async () => {
    const headers = { 'content-length': '5' };
    await expect(readBody(new Response('0123456789a', { headers }), 10)).rejects.toBeInstanceOf(BodyTooLargeError);
    expect(await readBody(new Response('0123', { headers: { 'content-length': '99999' } }), 10)).toBe('0123');
  });
});

describe('a body that is too large', () => {
  it('is let go, and no more of it is read', async () => {
    const cancelled = jest.fn();
    const response = inChunks([bytesOf('01234'), bytesOf('56789a')], cancelled, false);
    await expect(readBody(response, 10)).rejects.toBeInstanceOf(BodyTooLargeError);
    expect(cancelled).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['never lets go', () => new Promise(() => {})],
    ['fails to let go', () => Promise.reject(new Error('no'))],
  ])('holds nobody up whose sender %s', async (_, onCancel) => {
    const response = inChunks([bytesOf('0123456789a')], onCancel, false);
    await expect(readBody(response, 10)).rejects.toBeInstanceOf(BodyTooLargeError);
  });
});

describe('a body that breaks off', () => {
  it("rejects with the stream's own error", async () => {
    const broken = new Error('reset');
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(bytesOf('{"access'));
      },
      pull: () => Promise.reject(broken),
    });
    await expect(readBody(new Response(stream), 100)).rejects.toBe(broken);
  });
});
