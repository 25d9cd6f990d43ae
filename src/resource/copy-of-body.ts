import { isFormData } from './sent-body.ts';

/**
 * A copy of what its owner could change; what cannot be changed, or had only once, as it is.
 *
 * @param maxBytes more bytes than these are not copied either. Default: no limit
 */
export function copyOfBody<T>(body: T, maxBytes?: number): T;
export function copyOfBody(body: unknown, maxBytes = Number.POSITIVE_INFINITY): unknown {
  if (typeof body !== 'object' || body === null) return body;
  if (body instanceof URLSearchParams) return new URLSearchParams(body);
  const isBuffer = Object.prototype.toString.call(body) === '[object ArrayBuffer]';
  const bytes = ArrayBuffer.isView(body) ? body : isBuffer && new Uint8Array(body as ArrayBuffer);
  if (bytes && bytes.byteLength > maxBytes) return body;
  if (bytes) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
  if (!isFormData(body)) return body;
  const form = new (body.constructor as typeof FormData)(); // a fetch may take its own package's only
  for (const [name, value] of body) form.append(name, value);
  return form;
}
