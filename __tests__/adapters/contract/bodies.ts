import type { ReceivedRequest } from '../../servers/api-server.ts';
import type { CallBody } from './host.ts';

export const MIB = 1_048_576;

export const bodies: Readonly<Record<string, () => CallBody | undefined>> = {
  'no body': () => undefined,
  'an empty text': () => ({ text: '' }),
  text: () => ({ text: 'grüße, and more' }),
  bytes: () => ({ bytes: Uint8Array.from([0, 255, 128, 13, 10]) }),
  'a form': () => ({ form: { name: 'a value', other: 'ü&=' } }),
  'form data': () => ({ formData: formData() }),
  JSON: () => ({ json: { name: 'value', list: [1, 2] } }),
};

function formData(): FormData {
  const form = new FormData();
  form.set('field', 'grüße');
  form.set('file', new Blob(['some\r\nbytes'], { type: 'text/csv' }), 'table.csv');
  return form;
}

/** What a request carried, with the boundary of multipart bodies, which is drawn anew each time, made the same. */
export function withoutBoundary({ method, path, headers, body }: ReceivedRequest): Record<string, unknown> {
  const { authorization: _, 'content-type': type = '', ...further } = headers;
  const boundary = /boundary=(.+)$/.exec(type)?.[1];
  const unified = (text: string): string => (boundary ? text.replaceAll(boundary, 'BOUNDARY') : text);
  return { method, path, ...further, 'content-type': unified(type), body: unified(body.toString('latin1')) };
}

/** What of a body must stand on the wire; all of it, save for multipart. */
export function expectedParts(body: CallBody | undefined): readonly string[] {
  if (body === undefined) return [''];
  if ('text' in body) return [Buffer.from(body.text).toString('latin1')];
  if ('bytes' in body) return [Buffer.from(body.bytes).toString('latin1')];
  if ('form' in body) return [new URLSearchParams(body.form).toString()];
  if ('json' in body) return [JSON.stringify(body.json)];
  return ['name="field"', Buffer.from('grüße').toString('latin1'), 'filename="table.csv"', 'text/csv', 'some\r\nbytes'];
}
