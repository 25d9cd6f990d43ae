import { Readable } from 'node:stream';
import { describe, expect, it, jest, test } from '@jest/globals';
import type { SentBody } from '../../src/resource/replay-policy.ts';
import { describeBody, formOf } from '../../src/resource/sent-body.ts';

const form = new FormData();
form.set('name', 'value');
form.set('file', new Blob(['12345']), 'a.txt');

describe('a body', () => {
  it.each<[string, unknown, SentBody]>([
    ['missing', undefined, { bytes: 0 }],
    ['null', null, { bytes: 0 }],
    ['an empty text', '', { bytes: 0 }],
    ['a text, counted in UTF-8', 'aü€\u{1f511}', { bytes: 10 }],
    ['a form, as it is sent', new URLSearchParams({ a: 'ü ' }), { bytes: 'a=%C3%BC+'.length }],
    ['a Buffer', Buffer.from('abc'), { bytes: 3 }],
    ['a view of a part', new Uint16Array(new ArrayBuffer(20), 2, 3), { bytes: 6 }],
    ['a DataView', new DataView(new ArrayBuffer(20), 2, 3), { bytes: 3 }],
    ['an ArrayBuffer', new ArrayBuffer(7), { bytes: 7 }],
    ['a SharedArrayBuffer', new SharedArrayBuffer(7), { bytes: 7 }],
    ['a Blob', new Blob(['ü']), { bytes: 2 }],
    ['a File', new File(['abc'], 'a.txt'), { bytes: 3 }],
    ['a FormData, about', form, { bytes: 'namevaluefile12345'.length }],
  ])('in memory can be sent again: %s', (_, body, expected) => expect(describeBody(body)).toEqual(expected));

  it.each<[string, unknown]>([
    ['a web stream', new ReadableStream()],
    ["Node's stream", Readable.from(['a'])],
    ['an iterator', ['a'].values()],
    [
      'an async generator',
      (async function* () {
        yield 'a';
      })(),
    ],
    ['a function', () => 'a'],
    ['a number', 5],
    ['an array', ['a']],
    ['an object', { a: 1 }],
  ])('that is not known to be in memory is spent: %s', (_, body) => expect(describeBody(body)).toBe('spent'));
});

test('a text is measured only if somebody asks', () => {
  const encode = jest.spyOn(TextEncoder.prototype, 'encode');
  const described = describeBody('text');
  expect(encode).not.toHaveBeenCalled();
  expect(described).toEqual({ bytes: 4 });
  expect(encode).toHaveBeenCalled();
  encode.mockRestore();
});

describe('a form', () => {
  it('is kept to be given to the host once more, where nothing that prints shows it', () => {
    expect(formOf(form, {})?.()).toBe(form);
  });

  it.each<[string, unknown, object]>([
    ['with a type of the caller', form, { 'content-type': 'multipart/form-data; boundary=mine' }],
    ['that is none', 'a=b', {}],
    ['that is missing', undefined, {}],
  ])('is not kept: one %s', (_, body, headers) => {
    expect(formOf(body, headers as Readonly<Record<string, unknown>>)).toBeUndefined();
  });
});
