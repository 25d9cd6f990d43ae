import { isFormData } from './sent-body.ts';

/** A copy of what its owner could change; what cannot be changed, or had only once, as it is. */
export function copyOfBody<T>(body: T): T;
export function copyOfBody(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if (body instanceof URLSearchParams) return new URLSearchParams(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return (body as ArrayBuffer).slice(0);
  if (!isFormData(body)) return body;
  const form = new (body.constructor as typeof FormData)(); // a fetch may take its own package's only
  for (const [name, value] of body) form.append(name, value);
  return form;
}
