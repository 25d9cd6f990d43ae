import { describe, expect, it } from '@jest/globals';
import * as undici from 'undici';
import { copyOfBody } from '../../src/resource/copy-of-body.ts';

const textOf = (body: unknown): Promise<string> => new Response(body as BodyInit).text();

describe('a copy of a body', () => {
  it.each<[string, () => object]>([
    ['a form', () => new URLSearchParams({ a: 'ü' })],
    ['a Buffer', () => Buffer.from('a part of it').subarray(2, 6)],
    ['a view of a part', () => new Uint16Array(new TextEncoder().encode('abcdef').buffer, 2, 2)],
    ['a DataView of a part', () => new DataView(new TextEncoder().encode('abcdef').buffer, 1, 3)],
    ['an ArrayBuffer', () => new TextEncoder().encode('abc').buffer],
  ])('is another one that says the same: %s', async (_, make) => {
    const body = make();
    const copy = copyOfBody(body);
    expect(copy).not.toBe(body);
    expect(await textOf(copy)).toBe(await textOf(body));
  });

  it('of FormData has every entry, in their order, and is of the same package', () => {
    for (const make of [() => new FormData(), () => new undici.FormData()]) {
      const form = make();
      form.append('a', '1');
      form.append('file', new Blob(['bytes'], { type: 'text/csv' }), 'table.csv');
      form.append('a', '2');
      const copy = copyOfBody(form);
      form.delete('a');
      expect(copy).toBeInstanceOf(form.constructor);
      expect([...copy].map(([name]) => name)).toEqual(['a', 'file', 'a']);
      expect(copy.getAll('a')).toEqual(['1', '2']);
      expect(copy.get('file')).toMatchObject({ name: 'table.csv', type: 'text/csv', size: 5 });
    }
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a Blob', new Blob(['a'])],
    ['a stream', new ReadableStream()],
    ['an iterator', ['a'].values()],
  ])('is not made of what nobody can change, or have twice: %s', (_, body) => expect(copyOfBody(body)).toBe(body));
});
