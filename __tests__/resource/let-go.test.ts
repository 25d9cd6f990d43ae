import { Readable } from 'node:stream';
import { expect, jest, test } from '@jest/globals';
import { letGo } from '../../src/resource/let-go.ts';

test('a stream of Node is destroyed', () => {
  const stream = Readable.from(['a']);
  letGo(stream);
  expect(stream.destroyed).toBe(true);
});

test('a stream of the web is cancelled, and nobody hears of it if that fails', async () => {
  const unhandled = jest.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const cancel = jest.fn(() => Promise.reject(new Error('it broke off')));
    letGo(new ReadableStream({ cancel }));
    expect(cancel).toHaveBeenCalledTimes(1);
    letGo(new ReadableStream({ start: (stream) => stream.error('broken') }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});

test.each([undefined, null, 'text', { destroy: 'yes', cancel: true }, Buffer.from('a')])('%p is no stream', (data) => {
  expect(() => letGo(data)).not.toThrow();
});
