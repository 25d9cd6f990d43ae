import { describe, expect, it, jest } from '@jest/globals';
import { SpareBody } from '../../src/resource/spare-body.ts';

const URL_OF_ALL = 'https://api.example/v2';

const requestOf = (body: BodyInit): Request => new Request(URL_OF_ALL, { method: 'POST', body });
/** A request whose body comes from a stream, which is where `duplex` is called for. */
const streaming = (source: UnderlyingDefaultSource): Request =>
  new Request(URL_OF_ALL, { method: 'POST', body: new ReadableStream(source), duplex: 'half' } as RequestInit);
const spareBody = (request: Request, maxBytes: number): SpareBody['whole'] => new SpareBody(request, maxBytes).whole;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const chunked = (chunks: readonly string[]): UnderlyingDefaultSource => ({
  start(controller) {
    for (const chunk of chunks) controller.enqueue(bytesOf(chunk));
    controller.close();
  },
});

describe("a copy of a request's body", () => {
  it.each<[string, () => Request, string]>([
    ['none', () => new Request(URL_OF_ALL), ''],
    ['an empty text', () => requestOf(''), ''],
    ['a text', () => requestOf('aü'), 'aü'],
    ['a form', () => requestOf(new URLSearchParams({ a: '1' })), 'a=1'],
    ['a stream in several chunks', () => streaming(chunked(['one ', 'two ', 'ü'])), 'one two ü'],
    ['an empty stream', () => streaming(chunked([])), ''],
  ])('is made of %s, and the request still has its own', async (_, make, text) => {
    const request = make();
    const copy = await spareBody(request, 1_000);
    expect(new TextDecoder().decode(copy as Uint8Array)).toBe(text);
    expect(request.bodyUsed).toBe(false);
    expect(await request.text()).toBe(text);
  });

  it.each([
    [10, 10],
    [10, 11],
    [0, 0],
    [1, 0],
  ])('of %d bytes with room for %d is kept', async (bytes, room) => {
    const isKept = bytes <= room;
    const copy = await spareBody(requestOf('x'.repeat(bytes)), room);
    expect(typeof copy === 'string' ? copy : copy.byteLength).toBe(isKept ? bytes : 'too-large');
  });
});

describe('a body that is too large', () => {
  it('is not held, and the request is sent whole all the same', async () => {
    const request = streaming(chunked(['12345', '67890', 'abcde', 'fghij']));
    const copy = spareBody(request, 9);
    expect(await request.text()).toBe('1234567890abcdefghij');
    expect(await copy).toBe('too-large');
  });

  it('is not read further by the copy', async () => {
    const pulled = jest.fn((controller: ReadableStreamDefaultController) => controller.enqueue(bytesOf('12345')));
    const request = streaming({ pull: pulled });
    expect(await spareBody(request, 9)).toBe('too-large');
    expect(pulled.mock.calls.length).toBeLessThanOrEqual(4); // two, and what the streams buffer ahead
  });
});

describe('a copy that nobody wants any more', () => {
  it('reads no further', async () => {
    const pulled = jest.fn((controller: ReadableStreamDefaultController) => controller.enqueue(bytesOf('12345')));
    const spare = new SpareBody(streaming({ pull: pulled }), 1_000_000);
    spare.stop();
    expect(await spare.whole).toBe('spent');
    const { length } = pulled.mock.calls;
    await new Promise((resolve) => setImmediate(resolve));
    expect(pulled.mock.calls).toHaveLength(length);
  });

  it('is left off in the middle of a chunk, and the request is still sent whole', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const init = { method: 'POST', body: readable, duplex: 'half' };
    const request = new Request(URL_OF_ALL, init);
    const spare = new SpareBody(request, 1_000);
    const text = request.text();
    const writer = writable.getWriter();
    await writer.write(bytesOf('one '));
    spare.stop();
    spare.stop();
    expect(await spare.whole).toBe('spent');
    await writer.write(bytesOf('two'));
    await writer.close();
    expect(await text).toBe('one two');
  });

  it('that was there already stays', async () => {
    const spare = new SpareBody(requestOf('text'), 1_000);
    const whole = await spare.whole;
    spare.stop();
    expect(new TextDecoder().decode(whole as Uint8Array)).toBe('text');
  });

  it('cannot be had of a body that fails, which is nobody’s unhandled rejection', async () => {
    const spare = new SpareBody(streaming({ pull: () => Promise.reject(new Error('reset')) }), 1_000);
    expect(await spare.whole).toBe('spent');
    spare.stop();
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a chunk that is no bytes', () => {
  it('is not held either, since nobody could tell how large it is', async () => {
    const endless = streaming({ pull: (controller) => controller.enqueue('text') });
    expect(await spareBody(endless, 1_000)).toBe('too-large');
  });
});

describe('a body that cannot be read', () => {
  it.each<[string, () => Request]>([
    ['it breaks off', () => streaming({ pull: () => Promise.reject(new Error('reset')) })],
    [
      'it was read already',
      () => {
        const request = requestOf('abc');
        request.text().catch(() => {});
        return request;
      },
    ],
    [
      'somebody else is reading it',
      () => {
        const request = requestOf('abc');
        request.body?.getReader();
        return request;
      },
    ],
  ])('counts as spent, without a rejection: %s', async (_, make) => {
    expect(await spareBody(make(), 1_000)).toBe('spent');
  });
});
